import { deviceClasses, resourceClaims, resourceSlices } from '#api'
import type { Informer, InformerFactory } from '#client'
import type { KubeObject } from '#machinery'
import { createDeviceView, type DeviceView } from '../devices/device-view.ts'
import { indexSlices, type SliceIndex } from '../devices/pools.ts'

/** The view that informers give. */
export function deviceViewOf(informers: InformerFactory): {
  readonly view: DeviceView
  readonly informers: readonly Informer<KubeObject>[]
} {
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
    slices: () => {
      index ??= indexSlices(slices.list())
      return index
    },
  })
  claims.subscribe(onClaim)
  // Cast: what they hold is of no interest to whoever waits for them.
  const all = [claims, classes, slices] as unknown as readonly Informer<KubeObject>[]
  return { view, informers: all }
}
