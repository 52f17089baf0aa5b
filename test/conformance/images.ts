import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TarEntry, writeTar } from '../../src/runtime/cri/containerd/archive/tar.ts'
import {
  debianFiles,
  directory,
  link,
  packageVersions,
  program,
  textFile,
} from '../images/debian-files.ts'
import { type ImageDefinition, imageDefinitions } from '../images/definitions.ts'

export interface SuiteSources {
  /** Compiled test programs of upstream. */
  readonly agnhost: string
  readonly nonewprivs: string
  /** The files of the module `k8s.io/kubernetes`. */
  readonly kubernetes: string
}

/** Where upstream keeps its test images, below registry.k8s.io. */
const project = 'e2e-test-images'

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Users and groups that upstream's Dockerfile makes. */
const accounts: readonly TarEntry[] = [
  textFile(
    'etc/passwd',
    `root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534::/:/bin/false
user-defined-in-image:x:1000:1000::/home/user-defined-in-image:/bin/sh
`,
  ),
  textFile(
    'etc/group',
    `root:x:0:
nogroup:x:65534:
user-defined-in-image:x:1000:
group-defined-in-image:x:50000:user-defined-in-image
`,
  ),
  textFile('etc/nsswitch.conf', 'hosts: files dns\n'),
]

/** What upstream's Dockerfile installs, by Debian's names. */
const tools = [
  'bash',
  'bind9-dnsutils',
  'bind9-host',
  'bind9-libs',
  'curl',
  'iproute2',
  'libc-bin',
  'libc6',
  'libfstrm0',
  'libjemalloc2',
  'libjson-c5',
  'liblmdb0',
  'libmaxminddb0',
  'libprotobuf-c1',
  'libuv1',
  'netcat-openbsd',
  'util-linux',
]

/**
 * Programs of packages, and busybox for every name that they leave. The shell is bash: Debian's busybox, as
 * a shell, drops variables whose names it cannot use, and prefers its own nc, which knows no UDP.
 */
function withBusybox(packages: readonly string[], cacheDir: string): Uint8Array {
  const files = debianFiles({ packages, only: /^usr\/(s?bin|lib)\// }, cacheDir)
  const links = [link('usr/bin/sh', 'bash')]
  // netcat is an alternative in Debian, which no file of its package is.
  if (packages.includes('netcat-openbsd')) links.push(link('usr/bin/nc', 'nc.openbsd'))
  const taken = new Set(['usr/bin/busybox', ...[...files, ...links].map((entry) => entry.path)])
  const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')
  return writeTar([
    ...files,
    program('usr/bin/busybox', '/bin/busybox'),
    ...links,
    ...applets
      .filter((name) => !taken.has(`usr/bin/${name}`) && !taken.has(`usr/sbin/${name}`))
      .map((name) => link(`usr/bin/${name}`, 'busybox')),
    ...accounts,
  ])
}

function agnhostLayer(sources: SuiteSources): Uint8Array {
  const porter = (name: string) =>
    textFile(name, readFileSync(join(imagesOf(sources), 'agnhost/porter', name), 'utf8'))
  return writeTar([
    program('agnhost', sources.agnhost),
    link('agnhost-2', 'agnhost'),
    porter('localhost.crt'),
    porter('localhost.key'),
    directory('uploads'),
  ])
}

const imagesOf = ({ kubernetes }: SuiteSources) => join(kubernetes, 'test/images')

/** The images of the specs, built from upstream's module and Debian's packages. */
export function conformanceImages(sources: SuiteSources): readonly ImageDefinition[] {
  // Asking Debian's tools takes seconds for each package: once for all images.
  const version = once(() =>
    [sources.kubernetes, packageVersions([...tools, 'busybox-static'])].join(' '),
  )
  const base = once((cacheDir: string) => [withBusybox(tools, cacheDir), agnhostLayer(sources)])
  const defaults = { Entrypoint: ['/agnhost'], Cmd: ['pause'], Env: [path] }
  const agnhost: ImageDefinition = {
    repository: `${project}/agnhost`,
    tags: ['2.55', '2.63.0'],
    defaults,
    version,
    layers: base,
  }
  const pictures = (name: string, tag: string): ImageDefinition => ({
    repository: `${project}/${name}`,
    tags: [tag],
    defaults: { ...defaults, Cmd: ['test-webserver'] },
    version,
    layers: (cacheDir) => {
      const html = join(imagesOf(sources), name, 'html')
      const files = [`${name}.jpg`, 'data.json'].map((file) => ({
        kind: 'file' as const,
        path: file,
        mode: 0o644,
        bytes: readFileSync(join(html, file)),
      }))
      return [...base(cacheDir), writeTar(files)]
    },
  })
  return [
    agnhost,
    pictures('nautilus', '1.8'),
    pictures('kitten', '1.8'),
    { ...agnhost, repository: `${project}/glibc-dns-testing`, tags: ['2.0.0'] },
    {
      repository: `${project}/busybox`,
      tags: ['1.37.0-1'],
      defaults: { Cmd: ['sh'], Env: [path] },
      version,
      layers: (cacheDir) => [withBusybox(['bash'], cacheDir)],
    },
    {
      repository: `${project}/nonewprivs`,
      tags: ['1.4'],
      defaults: { Cmd: ['nnp'], Env: [path] },
      version,
      layers: (cacheDir) => {
        const nnp = { ...program('usr/local/bin/nnp', sources.nonewprivs), mode: 0o6755 }
        return [withBusybox(['bash'], cacheDir), writeTar([nnp])]
      },
    },
    alias('library/nginx', 'nginx', ['1.15-4', '1.27-0']),
  ]
}

/** An image that the other tests have too, by upstream's name. */
function alias(repository: string, name: string, tags: readonly string[]): ImageDefinition {
  const found = imageDefinitions.find((each) => each.repository === repository)
  if (!found) throw new Error(`no image ${repository}`)
  return { ...found, repository: `${project}/${name}`, tags }
}

/** A function whose first answer is given ever after. */
function once<P extends readonly unknown[], T>(ask: (...args: P) => T): (...args: P) => T {
  let answer: { readonly value: T } | undefined
  return (...args) => {
    answer ??= { value: ask(...args) }
    return answer.value
  }
}
