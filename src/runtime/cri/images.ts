import type { Image, ImageService } from '../image.ts'
import type { CallLimits, CriConnection } from './connection.ts'
import { filesystemFromWire, imageFromWire } from './from-wire.ts'
import { authToWire, sandboxConfigToWire } from './to-wire.ts'

export function createImageService(
  connection: CriConnection,
  limits: (signal: AbortSignal) => CallLimits,
  sandboxImage: string | undefined,
): ImageService {
  const pinned = (image: Image): Image =>
    sandboxImage && image.repoTags.includes(sandboxImage) ? { ...image, pinned: true } : image
  return {
    list: async ({ ref }, signal) => {
      const request = ref === undefined ? {} : { filter: { image: { image: ref } } }
      const { images } = await connection.call('ListImages', request, limits(signal))
      return images.map(imageFromWire).map(pinned)
    },
    status: async (ref, signal) => {
      const request = { image: { image: ref } }
      const { image } = await connection.call('ImageStatus', request, limits(signal))
      return image ? pinned(imageFromWire(image)) : undefined
    },
    pull: async (ref, { auth, sandboxConfig }, signal) => {
      const request = {
        image: { image: ref },
        auth: auth && authToWire(auth),
        sandboxConfig: sandboxConfig && sandboxConfigToWire(sandboxConfig),
      }
      // No deadline: images may be large and links slow. The runtime gives up when nothing moves.
      const { imageRef } = await connection.call('PullImage', request, { timeoutMs: 0, signal })
      return imageRef
    },
    remove: async (ref, signal) => {
      await connection.call('RemoveImage', { image: { image: ref } }, limits(signal))
    },
    fsInfo: async (signal) => {
      const usage = await connection.call('ImageFsInfo', {}, limits(signal))
      return {
        images: usage.imageFilesystems.map(filesystemFromWire),
        containers: usage.containerFilesystems.map(filesystemFromWire),
      }
    },
  }
}
