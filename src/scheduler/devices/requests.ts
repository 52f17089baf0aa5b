import type { ResourceV1 } from '#api'
import type { Stored } from '#machinery'
import type { RequestRef } from './constraints.ts'

type Claim = Stored<ResourceV1.ResourceClaim>
type DeviceClass = Stored<ResourceV1.DeviceClass>
export type DeviceClassOf = (name: string) => DeviceClass | undefined

/** One thing that a claim asks for: a request, or one of its alternatives. */
export interface Wanted {
  readonly ref: RequestRef
  /** As results name it: `gpu`, or `gpu/large`. */
  readonly name: string
  readonly request: ResourceV1.ExactDeviceRequest | ResourceV1.DeviceSubRequest
  readonly adminAccess: boolean
  readonly deviceClass: DeviceClass
}

/** Something is wrong with a claim or a class: no node can do (upstream: errors of the allocator). */
export class AllocationError extends Error {}

/** What a claim asks for, request by request; where alternatives are given, in their order. */
export function wantedBy(claim: Claim, classOf: DeviceClassOf): readonly (readonly Wanted[])[] {
  return (claim.spec.devices?.requests ?? []).map(({ name, exactly, firstAvailable = [] }) => {
    const of = (
      request: Wanted['request'],
      ref: RequestRef,
      shown: string,
      adminAccess = false,
    ): Wanted => {
      const { deviceClassName } = request
      const deviceClass = classOf(deviceClassName)
      if (!deviceClass) {
        throw new AllocationError(
          `claim ${nameOf(claim)}, request ${ref.alternative ?? name}: could not retrieve device class ${deviceClassName}: deviceclass.resource.k8s.io "${deviceClassName}" not found`,
        )
      }
      return { ref, name: shown, request, adminAccess, deviceClass }
    }
    if (exactly) return [of(exactly, { name }, name, exactly.adminAccess)]
    return firstAvailable.map((each) =>
      of(each, { name, alternative: each.name }, `${name}/${each.name}`),
    )
  })
}

/** `namespace/name`. */
export function nameOf({ metadata }: Claim): string {
  return `${metadata.namespace}/${metadata.name}`
}

/** What every class is called as a resource, with its name behind it. */
const implicitPrefix = 'deviceclass.resource.kubernetes.io/'

/**
 * The class whose devices stand for an extended resource. Of several that name it the newest does, so that one can take
 * the place of another, and of those as old as each other the one whose name comes first.
 */
export function classForResource(
  name: string,
  classes: Iterable<DeviceClass>,
  classOf: DeviceClassOf,
): DeviceClass | undefined {
  if (name.startsWith(implicitPrefix)) return classOf(name.slice(implicitPrefix.length))
  let best: DeviceClass | undefined
  for (const each of classes) {
    if (each.spec.extendedResourceName === name && (!best || isPreferred(each, best))) best = each
  }
  return best
}

/** Times of one form are in the order of their texts. */
function isPreferred({ metadata: a }: DeviceClass, { metadata: b }: DeviceClass): boolean {
  if (a.creationTimestamp === b.creationTimestamp) return a.name < b.name
  return a.creationTimestamp > b.creationTimestamp
}

/** Whether devices may stand for a resource of this name at all. */
export function isImplicitResource(name: string): boolean {
  return name.startsWith(implicitPrefix)
}
