import { shortImageName } from '../runtime/images/image-reference.ts'

/** What an image is known to hold. */
export interface KnownImage {
  /** What it starts, and the arguments that those of a container take the place of. */
  readonly entrypoint: readonly string[]
  readonly arguments: readonly string[]
  /** Programs of its own that are simulated, by their names. */
  readonly programs: ReadonlySet<string>
  /** Its shell and small commands are busybox's, and it has no others. */
  readonly isBusybox: boolean
  readonly files: readonly (readonly [path: string, text: string])[]
}

const agnhostPrograms = new Set(['agnhost', 'agnhost-2'])

/** What Alpine says of itself, with the user and group that the image adds. */
const alpineFiles = [
  ['/etc/alpine-release', '3.21.5\n'],
  ['/etc/os-release', 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.21.5\n'],
  [
    '/etc/passwd',
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\nuser-defined-in-image:x:1000:1000::/home/user-defined-in-image:/bin/sh\n',
  ],
  [
    '/etc/group',
    'root:x:0:root\nnobody:x:65534:\nuser-defined-in-image:x:1000:\ngroup-defined-in-image:x:50000:user-defined-in-image\n',
  ],
] as const

/** In the place of what is for TLS, which is not simulated. */
const noTls = 'TLS is not simulated.\n'

const agnhostFiles = [...alpineFiles, ['/localhost.crt', noTls], ['/localhost.key', noTls]] as const

const agnhost: KnownImage = {
  entrypoint: ['/agnhost'],
  arguments: ['pause'],
  programs: agnhostPrograms,
  isBusybox: true,
  files: agnhostFiles,
}

/** An image of the update demo: a web server with a picture. */
function pictures(name: string): KnownImage {
  const data = `{\n  "image": "${name}.jpg"\n}\n`
  return {
    ...agnhost,
    arguments: ['test-webserver'],
    files: [...agnhostFiles, ['/data.json', data]],
  }
}

/** Images of Kubernetes and of its tests, by the last part of their names. */
const images: Readonly<Record<string, KnownImage>> = {
  agnhost,
  nautilus: pictures('nautilus'),
  kitten: pictures('kitten'),
  nonewprivs: {
    entrypoint: [],
    arguments: ['nnp'],
    programs: new Set(['nnp']),
    isBusybox: true,
    files: [],
  },
  pause: {
    entrypoint: ['/pause'],
    arguments: [],
    programs: new Set(['pause']),
    isBusybox: false,
    files: [],
  },
}

/** Finds what is known of an image by its name. */
export function knownImage(image: string): KnownImage | undefined {
  const name = shortImageName(image)
  return Object.hasOwn(images, name) ? images[name] : undefined
}
