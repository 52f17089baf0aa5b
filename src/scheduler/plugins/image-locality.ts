import type { Pod } from '#api'
import { maxNodeScore, type Plugin } from '../framework/plugin.ts'

const megabyte = 1024 * 1024

/** Less than this on a node counts as nothing. */
const minThreshold = 23 * megabyte
/** More than this per container counts as everything. */
const maxContainerThreshold = 1000 * megabyte

/** Prefers nodes that have the pod's images, the more so the larger and the more common they are. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  weight: 1,
  preScore({ pod: { pod }, snapshot }) {
    const images = imagesOf(pod)
    const total = snapshot.nodes.length
    const max = maxContainerThreshold * images.length
    return {
      score(node) {
        let sum = 0
        for (const image of images) {
          const size = node.images.get(image)
          if (size === undefined) continue
          // Scaled by how common the image is, lest one node with it draws all pods to itself.
          sum += Math.floor(size * ((snapshot.imageNodes.get(image) ?? 0) / total))
        }
        const bounded = Math.min(Math.max(sum, minThreshold), max)
        return Math.floor((maxNodeScore * (bounded - minThreshold)) / (max - minThreshold))
      },
    }
  },
}

function imagesOf({ spec }: Pod): readonly string[] {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
  return containers.map(({ image = '' }) => withTag(image))
}

/** Nodes list images with their tag; `latest` where a pod names none. */
function withTag(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image
}
