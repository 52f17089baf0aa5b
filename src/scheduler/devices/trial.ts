import { type ResourceV1, toleratesDeviceTaint } from '#api'
import type { Quantity } from '#machinery/quantity'
import type { AllocatedDevices } from './allocated.ts'
import { type Amounts, addTo, takeFrom } from './amounts.ts'
import { consumedAmounts, hasCapacity } from './capacity.ts'
import type { Constraint } from './constraints.ts'
import { createCounters } from './counters.ts'
import type { DeviceId } from './device-id.ts'
import type { Pool, Slice } from './pools.ts'
import type { Wanted } from './requests.ts'
import type { Chosen } from './result.ts'

/** A device that may be taken. */
export interface DeviceCandidate {
  readonly id: DeviceId
  readonly pool: Pool
  readonly slice: Slice
  readonly device: ResourceV1.Device
}

/** What a search has taken so far, all of which can be given back. */
export interface Trial {
  /** Takes the device for a claim, or says what is in the way. */
  take(
    claimIndex: number,
    wanted: Wanted,
    candidate: DeviceCandidate,
  ): { undo(): void } | 'in use' | 'constraint'
  /** What shares take of a device, before and in this search. */
  used(id: DeviceId): readonly (ReadonlyMap<string, Quantity> | undefined)[]
  chosen(claimIndex: number): readonly Chosen[]
}

interface Shares {
  count: number
  readonly amounts: Amounts
}

export function createTrial(
  constraints: readonly (readonly Constraint[])[],
  allocated: AllocatedDevices,
): Trial {
  /** Which claims have a device, by their places. */
  const owners = new Map<DeviceId, Set<number>>()
  const shares = new Map<DeviceId, Shares>()
  const counters = createCounters(allocated)
  const results: Chosen[][] = constraints.map(() => [])
  const used = (id: DeviceId) => [allocated.shared(id), shares.get(id)?.amounts]

  const isInUse = (claimIndex: number, { adminAccess }: Wanted, candidate: DeviceCandidate) => {
    const { id, device } = candidate
    const mine = owners.get(id)
    if (adminAccess) return !device.allowMultipleAllocations && (mine?.has(claimIndex) ?? false)
    return allocated.isTaken(id) || (mine?.size ?? 0) > 0
  }
  const isShared = (id: DeviceId) => used(id).some((amounts) => amounts !== undefined)

  /** Whether others leave enough of the device; of parts of devices what is counted is taken. */
  const isFree = (claimIndex: number, wanted: Wanted, candidate: DeviceCandidate) => {
    const { id, pool, device } = candidate
    if (isInUse(claimIndex, wanted, candidate)) return false
    if (!hasCapacity(wanted.request.capacity, device.capacity, used(id))) return false
    if (keepsOff(device, wanted)) return false
    return !countsFor(candidate) || counters.take(pool, device)
  }
  /** The first share of a device counts for all of its shares. */
  const countsFor = ({ id, device }: DeviceCandidate) =>
    (device.consumesCounters ?? []).length > 0 && !(device.allowMultipleAllocations && isShared(id))

  return {
    used,
    chosen: (claimIndex) => results[claimIndex] ?? [],
    take(claimIndex, wanted, candidate) {
      const { id, pool, device, slice } = candidate
      const counts = countsFor(candidate)
      if (!isFree(claimIndex, wanted, candidate)) return 'in use'
      const own = constraints[claimIndex] ?? []
      const release = (added: readonly Constraint[]) => {
        for (const constraint of added.toReversed()) constraint.remove(wanted.ref)
        if (counts) counters.giveBack(pool, device)
      }
      const failing = own.findIndex(({ add }) => !add(wanted.ref, device, slice.spec.driver))
      if (failing >= 0) {
        release(own.slice(0, failing))
        return 'constraint'
      }
      const consumed = device.allowMultipleAllocations
        ? consumedAmounts(wanted.request.capacity, device.capacity)
        : undefined
      const free = consumed ? shareOf(shares, id, consumed) : ownershipOf(owners, id, claimIndex)
      const list = results[claimIndex] ?? []
      list.push({ wanted, device, slice, ...(consumed && { consumed }) })
      return {
        undo() {
          list.pop()
          free()
          release(own)
        },
      }
    },
  }
}

function ownershipOf(
  owners: Map<DeviceId, Set<number>>,
  id: DeviceId,
  claimIndex: number,
): () => void {
  const claims = owners.get(id) ?? new Set()
  owners.set(id, claims.add(claimIndex))
  return () => claims.delete(claimIndex)
}

function shareOf(shares: Map<DeviceId, Shares>, id: DeviceId, amounts: Amounts): () => void {
  const held = shares.get(id) ?? { count: 0, amounts: new Map() }
  held.count++
  addTo(held.amounts, amounts)
  shares.set(id, held)
  return () => {
    held.count--
    takeFrom(held.amounts, amounts)
    if (held.count === 0) shares.delete(id)
  }
}

/** Whether the device has a taint that the request does not tolerate. */
function keepsOff({ taints = [] }: ResourceV1.Device, { request }: Wanted): boolean {
  return taints.some(
    (taint) =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      !(request.tolerations ?? []).some((toleration) => toleratesDeviceTaint(toleration, taint)),
  )
}
