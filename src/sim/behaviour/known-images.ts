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

const agnhost: KnownImage = {
  entrypoint: ['/agnhost'],
  arguments: ['pause'],
  programs: agnhostPrograms,
  isBusybox: true,
  files: [],
}

/** An image of the update demo: a web server with a picture. */
function pictures(name: string): KnownImage {
  const data = `{\n  "image": "${name}.jpg"\n}\n`
  return { ...agnhost, arguments: ['test-webserver'], files: [['/data.json', data]] }
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
