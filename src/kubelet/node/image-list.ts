import type { NodeStatus } from '#api'
import { deepEqual } from '#machinery'
import type { Image } from '#runtime'
import type { KubeletWorld } from '../model/world.ts'

/** The images that a node's status tells of. */
export type ImageList = (signal: AbortSignal) => Reported | Promise<Reported>

type Reported = NonNullable<NodeStatus['images']>

/** How often the runtime is asked for its images (upstream: the image cache of realImageGCManager). */
const refreshMs = 30_000
/** Upstream: nodeStatusMaxImages, and the names of each (maxNamesPerImageInNodeStatus). */
const reportedImages = 50
const reportedNames = 5

/**
 * Gives what was found lately, the very same for as long as it stays the same; a runtime that does not
 * answer has none.
 */
export function createImageList({ runtime, clock }: KubeletWorld): ImageList {
  let askedMs = Number.NEGATIVE_INFINITY
  let found: ReturnType<typeof largest> = []
  const ask = async (signal: AbortSignal) => {
    const images = largest(await runtime.images.list({}, signal).catch(() => []))
    if (!deepEqual(images, found)) found = images
    return found
  }
  return (signal) => {
    if (clock.monotonicMs() - askedMs < refreshMs) return found
    askedMs = clock.monotonicMs()
    return ask(signal)
  }
}

function largest(images: readonly Image[]) {
  return images
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, reportedImages)
    .map(({ repoTags, repoDigests, sizeBytes }) => ({
      names: [...repoDigests, ...repoTags].slice(0, reportedNames),
      sizeBytes,
    }))
}
