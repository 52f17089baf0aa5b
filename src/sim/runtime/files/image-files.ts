import type { ContainerConfig } from '#runtime'
import { knownImage } from '../../behaviour/known-images.ts'

/** The files of a container's image that are known, by their paths. */
export function filesOfImage({ image }: ContainerConfig): ReadonlyMap<string, string> {
  const found = knownImage(image.userSpecified || image.ref)
  return new Map(found?.files)
}
