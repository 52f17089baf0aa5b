import { addQuantities, type Quantity, subtractQuantities, zeroQuantity } from '#machinery/quantity'

/** How much of what; adding and taking away change the very map. */
export type Amounts = Map<string, Quantity>

export function addTo(amounts: Amounts, added: Iterable<readonly [string, Quantity]>): void {
  for (const [name, value] of added) {
    amounts.set(name, addQuantities(amounts.get(name) ?? zeroQuantity, value))
  }
}

export function takeFrom(amounts: Amounts, taken: Iterable<readonly [string, Quantity]>): void {
  for (const [name, value] of taken) {
    const before = amounts.get(name)
    if (before) amounts.set(name, subtractQuantities(before, value))
  }
}
