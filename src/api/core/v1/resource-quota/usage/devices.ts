import type { KubeObject } from '#machinery'
import { compareQuantities, type Quantity, quantityOf } from '#machinery/quantity'
import type { ResourceClaim } from '../../../../generated/types/resource-v1.ts'
import { addAmounts, type ResourceAmounts } from '../../pod/model/requests.ts'
import { countName, one } from './counts.ts'
import type { QuotaEvaluator } from './evaluator.ts'

const resource = { group: 'resource.k8s.io', plural: 'resourceclaims' }
const ofClass = '.deviceclass.resource.k8s.io/devices'
/** What a request for all devices may come to. */
const mostDevices = 32

type Requests = NonNullable<ResourceClaim['spec']['devices']>['requests']
type DeviceRequest = NonNullable<Requests>[number]

/** Counts claims for devices, and the devices of each class that they ask for. */
export const deviceEvaluator: QuotaEvaluator = {
  resource,
  handles: ({ verb, subresource }) =>
    subresource === '' && (verb === 'create' || verb === 'update'),
  matching: (names) =>
    [...names].filter((name) => name === countName(resource) || name.endsWith(ofClass)),
  matchesScope: () => false,
  missing: () => undefined,
  usage: (object) => {
    // Cast: the evaluator is asked about objects of its resource alone.
    const { spec } = object as KubeObject as ResourceClaim
    const claim: ResourceAmounts = new Map([[countName(resource), one]])
    return (spec.devices?.requests ?? []).map(devicesOf).reduce(addAmounts, claim)
  },
  isRecounted: () => false,
}

/** Of what is asked for one after the other the most of each class may be given. */
function devicesOf({ exactly, firstAvailable = [] }: DeviceRequest): ResourceAmounts {
  const wanted = firstAvailable.length > 0 ? firstAvailable : exactly ? [exactly] : []
  const most = new Map<string, Quantity>()
  for (const { deviceClassName, allocationMode, count = 0 } of wanted) {
    const name = `${deviceClassName}${ofClass}`
    const devices = quantityOf(
      allocationMode === 'All' ? mostDevices : allocationMode === 'ExactCount' ? count : 0,
    )
    const before = most.get(name)
    if (!before || compareQuantities(devices, before) > 0) most.set(name, devices)
  }
  return most
}
