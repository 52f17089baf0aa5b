import type { EndpointSlice } from '#api'
import type { InformerOptions } from '#client'
import { keyOf } from '#machinery'

/** The label by which a slice names its service. */
const serviceNameLabel = 'kubernetes.io/service-name'

/** What a slice is indexed by: the key of its service. None for a slice without a service. */
export function serviceKeyOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata?.labels?.[serviceNameLabel]
  return name && keyOf({ namespace: slice.metadata?.namespace ?? '', name })
}

/** The index by which slices of a service are found, and the options of an informer that has it. */
export const serviceIndex = 'service'
export const slicesByService: InformerOptions<EndpointSlice> = {
  indexes: {
    [serviceIndex]: (slice) => {
      const key = serviceKeyOf(slice)
      return key === undefined ? [] : [key]
    },
  },
}
