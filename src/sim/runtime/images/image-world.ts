import { createHash } from 'node:crypto'
import type { Clock } from '#lib'
import { RuntimeError } from '#runtime'
import { type ImageName, parseImageName } from './image-reference.ts'

/** How a registry answers. */
type RegistryState = 'up' | 'down' | 'slow' | 'forbidden'

/** The registries that all simulated nodes share: what they hold, and how they answer. */
export interface ImageWorld {
  setRegistry(host: string, state: RegistryState): void
  /** Images that their registry does not have, by full or short reference. */
  setMissing(reference: string): void
  /** Puts another content under a tag; nodes that have the old one keep it until they pull. */
  push(reference: string): void
  /** Takes as long as a pull of so many bytes; rejects as containerd does. */
  fetch(request: FetchRequest, signal: AbortSignal): Promise<PulledImage>
  save(): SavedImages
}

export interface FetchRequest {
  readonly reference: string
  /** What its behaviour says about the image. */
  readonly sizeBytes?: number
  readonly condition?: 'missing' | 'forbidden' | 'slow'
}

interface PulledImage {
  readonly id: string
  readonly tag: string
  readonly digest: string
  readonly sizeBytes: number
}

/** The state of the registries as plain JSON. */
export interface SavedImages {
  readonly registries: Readonly<Record<string, RegistryState>>
  readonly missing: readonly string[]
  /** How often another content was put under a tag, by full reference. */
  readonly pushed?: Readonly<Record<string, number>>
}

/** What an image weighs that nothing is said about. */
const defaultBytes = 50 * 1024 * 1024
/** Finding out what a reference stands for. */
const resolveMs = 200
const bytesPerMs = { up: 100_000, slow: 1_000 } as const
/** How long a connection to a registry that does not answer is tried. */
const dialMs = 30_000
/** A name or tag that says so itself names nothing: `no-such-image`, `nginx:missing`, `web:404`. */
const absent = /(^|[/:])(404|missing|non-?existent|does-not-exist|no-such-[\w.-]+)(?=$|[:@])/

/** Creates the registries that all simulated nodes pull from, as they were saved if they were. */
export function createImageWorld(options: {
  readonly clock: Clock
  readonly saved?: SavedImages
}): ImageWorld {
  const { clock, saved } = options
  const registries = new Map(Object.entries(saved?.registries ?? {}))
  const missing = new Set(saved?.missing)
  const pushed = new Map(Object.entries(saved?.pushed ?? {}))
  const isMissing = ({ full, name }: ImageName) =>
    missing.has(full) || missing.has(name) || absent.test(full)
  return {
    setRegistry(host, state) {
      if (state === 'up') registries.delete(host)
      else registries.set(host, state)
    },
    push(reference) {
      const { full } = parseImageName(reference)
      pushed.set(full, (pushed.get(full) ?? 0) + 1)
    },
    setMissing: (reference) => void missing.add(parseImageName(reference).full),
    async fetch({ reference, sizeBytes = defaultBytes, condition }, signal) {
      const image = parseImageName(reference)
      const state = registries.get(image.registry) ?? 'up'
      if (state === 'down') {
        await clock.sleep(dialMs, signal)
        throw unreachable(image)
      }
      await clock.sleep(resolveMs, signal)
      if (state === 'forbidden' || condition === 'forbidden') throw forbidden(image)
      if (condition === 'missing' || isMissing(image)) throw notThere(image)
      const isSlow = state === 'slow' || condition === 'slow'
      await clock.sleep(Math.ceil(sizeBytes / bytesPerMs[isSlow ? 'slow' : 'up']), signal)
      return pulled(image, { sizeBytes, pushes: pushed.get(image.full) ?? 0 })
    },
    save: () => ({
      registries: Object.fromEntries(registries),
      missing: [...missing],
      ...(pushed.size > 0 ? { pushed: Object.fromEntries(pushed) } : {}),
    }),
  }
}

/** The content of a reference is made from its name, and from how often another was pushed under it. */
function pulled(
  { name, tag, digest, full }: ImageName,
  { sizeBytes, pushes }: { readonly sizeBytes: number; readonly pushes: number },
): PulledImage {
  const version = pushes === 0 || digest !== undefined ? '' : ` pushed ${pushes} times`
  return {
    id: sha256(`config of ${name} ${digest ?? tag}${version}`),
    tag: tag === '' ? '' : `${name}:${tag}`,
    digest: `${name}@${digest ?? contentOf(`${full}${version}`)}`,
    sizeBytes,
  }
}

/** The digest of what a reference stands for, by its full form. */
export function contentOf(full: string): string {
  return sha256(`manifest of ${full}`)
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

function host({ registry }: ImageName): string {
  return registry === 'docker.io' ? 'registry-1.docker.io' : registry
}

/** The path below `/v2/` that a reference's manifest has. */
function manifest({ name, registry, tag, digest }: ImageName): string {
  return `${name.slice(registry.length + 1)}/manifests/${digest ?? tag}`
}

function failure(code: 'unknown' | 'notFound', image: ImageName, why: string): RuntimeError {
  const { full } = image
  return new RuntimeError(
    code,
    `failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${why}`,
  )
}

function unreachable(image: ImageName): RuntimeError {
  const url = `https://${host(image)}/v2/${manifest(image)}`
  return failure(
    'unknown',
    image,
    `failed to do request: Head "${url}": dial tcp: lookup ${host(image)}: i/o timeout`,
  )
}

function forbidden(image: ImageName): RuntimeError {
  return failure(
    'unknown',
    image,
    `unexpected status from HEAD request to https://${host(image)}/v2/${manifest(image)}: 403 Forbidden`,
  )
}

function notThere(image: ImageName): RuntimeError {
  return failure('notFound', image, `${image.full}: not found`)
}
