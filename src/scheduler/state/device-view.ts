import { deviceClasses, resourceClaims, resourceSlices } from '#api'
import type { InformerFactory } from '#client'
import { createDeviceView } from '../devices/device-view.ts'
import { indexSlices, type SliceIndex } from '../devices/pools.ts'

/** The view that informers give. */
export function deviceViewOf(informers: InformerFactory) {
  const claims = informers.informer(resourceClaims)
  const classes = informers.informer(deviceClasses)
  const slices = informers.informer(resourceSlices)
  let index: SliceIndex | undefined
  slices.subscribe(() => {
    index = undefined
  })
  const { view, onClaim } = createDeviceView({
    claims: () => [],
    classOf: (name) => classes.get(name),
    classes: () => classes.list(),
    slices: () => {
      index ??= indexSlices(slices.list())
      return index
    },
  })
  claims.subscribe(onClaim)
  return { view, informers: { claims, classes, slices } }
}
