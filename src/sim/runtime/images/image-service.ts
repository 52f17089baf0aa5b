import type { Clock } from '#lib'
import { type Image, type ImageService, RuntimeError, type SandboxConfig } from '#runtime'
import { parseImageName } from './image-reference.ts'
import { contentOf, type FetchRequest, type ImageWorld } from './image-world.ts'

/** The images of one node. */
export interface NodeImages extends ImageService {
  /** The image that a reference, id or digest names on this node. */
  find(reference: string): Image | undefined
  save(): readonly Image[]
}

export interface NodeImagesOptions {
  readonly world: ImageWorld
  readonly clock: Clock
  /** What the behaviour of a pod's containers says about an image. */
  readonly expectation: (
    reference: string,
    pod: SandboxConfig | undefined,
  ) => Omit<FetchRequest, 'reference'> & { readonly user: Pick<Image, 'uid' | 'username'> }
  readonly saved: readonly Image[]
}

const mountpoint = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs'

export function createNodeImages(options: NodeImagesOptions): NodeImages {
  const { world, clock, expectation } = options
  const images = new Map(options.saved.map((image) => [image.id, image]))
  const find = (reference: string): Image | undefined => {
    const known = images.get(reference)
    if (known) return known
    const { full } = parseImageName(reference)
    return [...images.values()].find(
      ({ repoTags, repoDigests }) => repoTags.includes(full) || repoDigests.includes(full),
    )
  }
  return {
    find,
    save: () => [...images.values()],
    list: async ({ ref }) => {
      if (ref === undefined) return [...images.values()]
      const found = find(ref)
      return found ? [found] : []
    },
    status: async (ref) => {
      refuseUnreadable(ref)
      return find(ref)
    },
    async pull(ref, { sandboxConfig }, signal) {
      const { user, ...expected } = expectation(ref, sandboxConfig)
      const { id, tag, digest, sizeBytes } = await world.fetch(
        { reference: ref, ...expected },
        signal,
      )
      // A tag names one image: the one that had it is left without.
      for (const [other, image] of images) {
        if (other === id || tag === '' || !image.repoTags.includes(tag)) continue
        images.set(other, { ...image, repoTags: image.repoTags.filter((each) => each !== tag) })
      }
      const before = images.get(id)
      images.set(id, {
        id,
        repoTags: merged(before?.repoTags, tag),
        repoDigests: merged(before?.repoDigests, digest),
        sizeBytes,
        ...user,
        pinned: false,
      })
      return id
    },
    async remove(ref) {
      const found = find(ref)
      if (found) images.delete(found.id)
    },
    async fsInfo() {
      const usedBytes = [...images.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      const filesystem = {
        mountpoint,
        usedBytes,
        inodesUsed: images.size * 100,
        atMs: clock.wallMs(),
      }
      return { images: [filesystem], containers: [] }
    },
  }
}

/** An image whose name or tag says so is damaged on every node. */
const unreadable = /(^|[/:])unreadable(?=$|[:@])/

function refuseUnreadable(reference: string): void {
  const { full } = parseImageName(reference)
  if (!unreadable.test(full)) return
  const why = `content digest ${contentOf(full)}: not found`
  throw new RuntimeError('unknown', `can not resolve "${reference}" locally: ${why}`)
}

function merged(names: readonly string[] = [], name: string): readonly string[] {
  return name === '' || names.includes(name) ? names : [...names, name]
}
