import type { ResourceV1 } from '#api'
import { parseQuantity, type Quantity } from '#machinery/quantity'
import { type Amounts, addTo, takeFrom } from './amounts.ts'
import { type DeviceId, deviceIdOf } from './device-id.ts'

/** What claims have been given: what an allocation has to leave alone. */
export interface AllocatedDevices {
  /** Whether one claim has the whole device. */
  isTaken(id: DeviceId): boolean
  /** Whether any claim has the device or a share of it. */
  isUsed(id: DeviceId): boolean
  /** How much of a device's capacities its shares take; undefined where it has none. */
  shared(id: DeviceId): ReadonlyMap<string, Quantity> | undefined
}

/** The same, kept current as claims come and go. */
export interface AllocationLedger extends AllocatedDevices {
  add(claim: ResourceV1.ResourceClaim): void
  remove(claim: ResourceV1.ResourceClaim): void
}

interface Shares {
  count: number
  readonly amounts: Amounts
}

export function createAllocationLedger(): AllocationLedger {
  const taken = new Map<DeviceId, number>()
  const shares = new Map<DeviceId, Shares>()
  const count = (id: DeviceId, by: number) => {
    const next = (taken.get(id) ?? 0) + by
    if (next > 0) taken.set(id, next)
    else taken.delete(id)
  }
  const share = (id: DeviceId, by: 1 | -1, amounts: Amounts) => {
    const held = shares.get(id) ?? { count: 0, amounts: new Map() }
    held.count += by
    if (by > 0) addTo(held.amounts, amounts)
    else takeFrom(held.amounts, amounts)
    if (held.count > 0) shares.set(id, held)
    else shares.delete(id)
  }
  const change = ({ status }: ResourceV1.ResourceClaim, by: 1 | -1) => {
    for (const result of status?.allocation?.devices?.results ?? []) {
      // Whoever only looks after a device takes nothing from others.
      if (result.adminAccess) continue
      const id = deviceIdOf(result)
      if (result.shareID === undefined) count(id, by)
      else share(id, by, consumedBy(result))
    }
  }
  return {
    add: (claim) => change(claim, 1),
    remove: (claim) => change(claim, -1),
    isTaken: (id) => taken.has(id),
    isUsed: (id) => taken.has(id) || shares.has(id),
    shared: (id) => shares.get(id)?.amounts,
  }
}

function consumedBy({ consumedCapacity = {} }: ResourceV1.DeviceRequestAllocationResult): Amounts {
  return new Map(
    Object.entries(consumedCapacity).map(([name, value]) => [name, parseQuantity(value)]),
  )
}
