import { createHash } from 'node:crypto'
import { type TarEntry, writeTar } from './tar.ts'

/** A blob of an image: a layer, its configuration or its manifest. */
export interface Blob {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly bytes: Uint8Array
}

/** What a container of the image gets unless it says otherwise; OCI's names. */
export interface ImageDefaults {
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Env?: readonly string[]
  readonly User?: string
  readonly WorkingDir?: string
  readonly StopSignal?: string
  readonly ExposedPorts?: Readonly<Record<string, object>>
  readonly Labels?: Readonly<Record<string, string>>
}

export interface OciImage {
  readonly manifest: Blob
  readonly config: Blob
  readonly layers: readonly Blob[]
}

const oci = 'application/vnd.oci.image'

/** An image of uncompressed tar layers, the lowest first. The same input gives the same digests. */
export function ociImage(layers: readonly Uint8Array[], defaults: ImageDefaults): OciImage {
  const layerBlobs = layers.map((bytes) => blob(`${oci}.layer.v1.tar`, bytes))
  const config = jsonBlob(`${oci}.config.v1+json`, {
    architecture: ociArchitecture(),
    os: 'linux',
    config: defaults,
    rootfs: { type: 'layers', diff_ids: layerBlobs.map(({ digest }) => digest) },
  })
  const manifest = jsonBlob(`${oci}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${oci}.manifest.v1+json`,
    config: descriptor(config),
    layers: layerBlobs.map(descriptor),
  })
  return { manifest, config, layers: layerBlobs }
}

/** The image as an OCI layout in a tar, as `ctr images import` takes it. */
export function ociArchive(image: OciImage, reference: string): Uint8Array {
  const tag = reference.slice(reference.lastIndexOf(':') + 1)
  const annotations = {
    'io.containerd.image.name': reference,
    'org.opencontainers.image.ref.name': tag,
  }
  const index = {
    schemaVersion: 2,
    manifests: [{ ...descriptor(image.manifest), annotations }],
  }
  const blobs = [...image.layers, image.config, image.manifest]
  const entries: readonly TarEntry[] = [
    file('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
    file('index.json', Buffer.from(JSON.stringify(index))),
    ...blobs.map(({ digest, bytes }) => file(`blobs/${digest.replace(':', '/')}`, bytes)),
  ]
  return writeTar(entries)
}

function file(path: string, bytes: Uint8Array): TarEntry {
  return { kind: 'file', path, mode: 0o644, bytes }
}

function descriptor({ mediaType, digest, size }: Blob) {
  return { mediaType, digest, size }
}

function jsonBlob(mediaType: string, value: object): Blob {
  return blob(mediaType, Buffer.from(JSON.stringify(value)))
}

function blob(mediaType: string, bytes: Uint8Array): Blob {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return { mediaType, digest, size: bytes.length, bytes }
}

/** Go's name of this machine's architecture. */
function ociArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch
}
