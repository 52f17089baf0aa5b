import type { Image, ImageService } from '../../model/image.ts'
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
  const status: ImageService['status'] = async (ref, signal) => {
    const request = { image: { image: ref } }
    const { image } = await connection.call('ImageStatus', request, limits(signal))
    return image ? pinned(imageFromWire(image)) : undefined
  }
  return {
    status,
    list: async ({ ref }, signal) => {
      if (ref !== undefined) {
        // containerd before 2.0 does not look at ListImages' filter.
        const image = await status(ref, signal)
        return image ? [image] : []
      }
      const { images } = await connection.call('ListImages', {}, limits(signal))
      return images.map(imageFromWire).map(pinned)
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
