import type { ResourceV1 } from '#api'
import { compareQuantities, parseQuantity, type Quantity, zeroQuantity } from '#machinery/quantity'
import type { AllocatedDevices } from './allocated.ts'
import { type Amounts, addTo, takeFrom } from './amounts.ts'
import { deviceIdOf } from './device-id.ts'
import type { Pool } from './pools.ts'

/** What devices that are parts of one another leave to each other, pool by pool. */
export interface Counters {
  /** Takes what the device needs where there is enough of it. */
  take(pool: Pool, device: ResourceV1.Device): boolean
  giveBack(pool: Pool, device: ResourceV1.Device): void
}

interface PoolCounters {
  readonly available: Amounts
  readonly consumed: Amounts
}

export function createCounters(allocated: AllocatedDevices): Counters {
  const pools = new Map<string, PoolCounters>()
  const of = (pool: Pool): PoolCounters => {
    const known = pools.get(pool.id) ?? {
      available: availableIn(pool, allocated),
      consumed: new Map(),
    }
    pools.set(pool.id, known)
    return known
  }
  return {
    take(pool, device) {
      const { available, consumed } = of(pool)
      const wanted = consumptionOf(device)
      addTo(consumed, wanted)
      const isEnough = [...available].every(
        ([name, amount]) => compareQuantities(amount, consumed.get(name) ?? zeroQuantity) >= 0,
      )
      if (!isEnough) takeFrom(consumed, wanted)
      return isEnough
    },
    giveBack: (pool, device) => takeFrom(of(pool).consumed, consumptionOf(device)),
  }
}

/** What is in the pool's sets, less what devices take that claims have already, wherever these can be reached. */
function availableIn(pool: Pool, allocated: AllocatedDevices): Amounts {
  const amounts: Amounts = new Map()
  for (const { name, counters } of pool.counterSets.values()) addTo(amounts, named(name, counters))
  for (const { spec } of [...pool.slices, ...pool.others]) {
    for (const device of spec.devices ?? []) {
      const id = deviceIdOf({ driver: spec.driver, pool: spec.pool.name, device: device.name })
      if (allocated.isUsed(id)) takeFrom(amounts, consumptionOf(device))
    }
  }
  return amounts
}

function consumptionOf({ consumesCounters = [] }: ResourceV1.Device) {
  return consumesCounters.flatMap(({ counterSet, counters }) => named(counterSet, counters))
}

function named(
  set: string,
  counters: Readonly<Record<string, ResourceV1.Counter>>,
): (readonly [string, Quantity])[] {
  return Object.entries(counters).map(([name, { value }]) => [
    `${set}/${name}`,
    parseQuantity(value),
  ])
}
