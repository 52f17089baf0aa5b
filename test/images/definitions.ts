import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageDefaults } from '../../src/runtime/cri/containerd/archive/oci-archive.ts'
import { type TarEntry, writeTar } from '../../src/runtime/cri/containerd/archive/tar.ts'
import { debianFiles, directory, link, packageVersions, program, textFile } from './debian-files.ts'

/** An image that tests use, by the name that manifests use. */
export interface ImageDefinition {
  /** Repository in the registry, without its host. */
  readonly repository: string
  readonly tags: readonly string[]
  readonly defaults: ImageDefaults
  /** Changes when what `layers` gives changes; cheap. */
  version(): string
  /** Tars, the lowest first. */
  layers(cacheDir: string): readonly Uint8Array[]
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const webSource = join(import.meta.dirname, 'web', 'web.c')

const accounts: readonly TarEntry[] = [
  directory('etc'),
  textFile('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n'),
  textFile('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
]

const ubuntuPackages = [
  'base-files',
  'bash',
  'coreutils',
  'dash',
  'findutils',
  'grep',
  'gzip',
  'hostname',
  'libc-bin',
  'ncurses-base',
  'procps',
  'sed',
  'tar',
]

/** Bash and the usual tools from Debian, under the name that the examples give. */
const ubuntu: ImageDefinition = {
  repository: 'library/ubuntu',
  tags: ['latest'],
  defaults: { Cmd: ['/bin/bash'], Env: [path] },
  version: () => packageVersions(ubuntuPackages),
  layers: (cacheDir) => [
    writeTar([...debianFiles({ packages: ubuntuPackages }, cacheDir), ...accounts]),
  ],
}

const nginxConfig = `user nobody nogroup;
worker_processes 1;
pid /run/nginx.pid;
error_log /dev/stderr notice;
events { worker_connections 256; }
http {
  types { text/html html; text/plain txt; }
  default_type application/octet-stream;
  access_log /dev/stdout;
  server {
    listen 80;
    root /usr/share/nginx/html;
    index index.html;
  }
}
`

const nginxPage = `<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body><h1>Welcome to nginx!</h1></body>
</html>
`

/** Debian's nginx as the official image runs it: in the foreground, drained by SIGQUIT. */
const nginx: ImageDefinition = {
  repository: 'library/nginx',
  tags: ['latest', '1.22'],
  defaults: {
    Cmd: ['nginx', '-g', 'daemon off;'],
    Env: [path],
    ExposedPorts: { '80/tcp': {} },
    StopSignal: 'SIGQUIT',
  },
  version: () => packageVersions(['nginx', 'dash', 'coreutils']) + nginxConfig,
  layers: (cacheDir) => {
    const files = { packages: ['nginx', 'dash', 'coreutils'], only: /^usr\/(s?bin)\// }
    return [
      writeTar([
        ...debianFiles(files, cacheDir),
        ...accounts,
        textFile('etc/nginx/nginx.conf', nginxConfig),
        directory('var/lib/nginx'),
        directory('var/log/nginx'),
        directory('usr/share/nginx/html'),
        textFile('usr/share/nginx/html/index.html', nginxPage),
      ]),
    ]
  },
}

function busyboxLayer(): Uint8Array {
  const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')
  return writeTar([
    directory('bin'),
    directory('root', 0o700),
    directory('tmp', 0o1777),
    directory('var'),
    directory('usr'),
    program('bin/busybox', '/bin/busybox'),
    ...applets.filter((name) => name !== 'busybox').map((name) => link(`bin/${name}`, 'busybox')),
    link('usr/bin', '../bin'),
    ...accounts,
  ])
}

const busybox: ImageDefinition = {
  repository: 'library/busybox',
  tags: ['latest', '1.35', '1.36'],
  defaults: { Cmd: ['sh'], Env: [path] },
  version: () => packageVersions(['busybox-static']),
  layers: () => [busyboxLayer()],
}

const pause: ImageDefinition = {
  repository: 'pause',
  tags: ['3.9', '3.10', '3.10.2', 'latest'],
  defaults: { Entrypoint: ['/pause', '-P'], User: '65535:65535' },
  version: () => packageVersions(['catatonit']),
  layers: () => [writeTar([program('pause', '/usr/bin/catatonit')])],
}

/** A server whose every behaviour can be asked for; see the head of its source. */
const web: ImageDefinition = {
  repository: 'knarr-test/web',
  tags: ['latest', '1', '2'],
  defaults: { Entrypoint: ['/web'], Env: [path], ExposedPorts: { '8080/tcp': {} } },
  version: () => packageVersions(['busybox-static']) + readFileSync(webSource, 'utf8'),
  layers: (cacheDir) => [busyboxLayer(), writeTar([program('web', compiledWeb(cacheDir))])],
}

function compiledWeb(cacheDir: string): string {
  mkdirSync(cacheDir, { recursive: true })
  const output = join(cacheDir, 'web')
  execFileSync('gcc', ['-O2', '-Wall', '-Werror', '-static', '-pthread', '-o', output, webSource])
  return output
}

/** Every image of the tests. */
export const imageDefinitions: readonly ImageDefinition[] = [busybox, pause, web, nginx, ubuntu]
