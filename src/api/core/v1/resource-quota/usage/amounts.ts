/** The arithmetic of quotas on quantities by name (upstream: apiserver's `quota/v1/resources.go`). */
import {
  compareQuantities,
  formatQuantity,
  type Quantity,
  subtractQuantities,
  zeroQuantity,
} from '#machinery/quantity'
import type { ResourceAmounts } from '../../pod/model/requests.ts'

/** Those of the amounts that have one of the names. */
export function maskAmounts(amounts: ResourceAmounts, names: Iterable<string>): ResourceAmounts {
  const wanted = new Set(names)
  return new Map([...amounts].filter(([name]) => wanted.has(name)))
}

/** What is asked for beyond what was before; what has become less counts as nothing. */
export function increaseOf(now: ResourceAmounts, before: ResourceAmounts): ResourceAmounts {
  const increased = [...now].map(([name, value]): [string, Quantity] => {
    const more = subtractQuantities(value, before.get(name) ?? zeroQuantity)
    return [name, more.nanos > 0n ? more : zeroQuantity]
  })
  return new Map(increased)
}

/** The amounts that are not zero. */
export function withoutZeros(amounts: ResourceAmounts): ResourceAmounts {
  return new Map([...amounts].filter(([, { nanos }]) => nanos !== 0n))
}

/** The names of which there is more than the limits allow. */
export function namesBeyond(amounts: ResourceAmounts, limits: ResourceAmounts): readonly string[] {
  return [...limits.keys()].filter((name) => {
    const amount = amounts.get(name)
    return amount !== undefined && compareQuantities(amount, limits.get(name)!) > 0
  })
}

/** Whether both have the same names with the same values, however they are written. */
export function areSameAmounts(a: ResourceAmounts, b: ResourceAmounts): boolean {
  return a.size === b.size && [...a].every(([name, { nanos }]) => b.get(name)?.nanos === nanos)
}

/** The amounts as an object holds them, by name. */
export function listOfAmounts(amounts: ResourceAmounts): Readonly<Record<string, string>> {
  const names = [...amounts.keys()].toSorted()
  return Object.fromEntries(names.map((name) => [name, formatQuantity(amounts.get(name)!)]))
}
