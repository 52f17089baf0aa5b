import type { ResourceV1 } from '#api'
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  type Quantity,
  quantityOf,
  quantityValue,
  zeroQuantity,
} from '#machinery/quantity'
import type { Amounts } from './amounts.ts'

type Capacities = NonNullable<ResourceV1.Device['capacity']>
type Requirements = ResourceV1.CapacityRequirements | undefined
type Policy = ResourceV1.CapacityRequestPolicy

/** How much of each capacity of a device a request takes, rounded as the device wants it. */
export function consumedAmounts(wanted: Requirements, capacities: Capacities = {}): Amounts {
  return new Map(
    Object.entries(capacities).map(([name, capacity]) => [
      name,
      consumed(wanted?.requests?.[name], capacity),
    ]),
  )
}

/**
 * Whether a device has enough of all its capacities left for a request, beside what its shares take already; never
 * where the request asks for what the device does not have.
 */
export function hasCapacity(
  wanted: Requirements,
  capacities: Capacities = {},
  used: readonly (ReadonlyMap<string, Quantity> | undefined)[],
): boolean {
  const names = Object.keys(wanted?.requests ?? {})
  if (names.some((name) => !Object.hasOwn(capacities, name))) return false
  for (const [name, capacity] of Object.entries(capacities)) {
    const amount = consumed(wanted?.requests?.[name], capacity)
    if (violates(amount, capacity.requestPolicy)) return false
    const total = used.reduce(
      (sum, amounts) => addQuantities(sum, amounts?.get(name) ?? zeroQuantity),
      amount,
    )
    if (compareQuantities(total, parseQuantity(capacity.value)) > 0) return false
  }
  return true
}

function consumed(
  wanted: string | number | undefined,
  { value, requestPolicy: policy }: ResourceV1.DeviceCapacity,
): Quantity {
  if (wanted === undefined) return parseQuantity(policy?.default ?? value)
  const amount = parseQuantity(wanted)
  if (policy?.validRange?.min !== undefined) return roundedUp(amount, policy.validRange)
  const next = policy?.validValues
    ?.map((each) => parseQuantity(each))
    .find((each) => compareQuantities(amount, each) <= 0)
  return next ?? amount
}

function roundedUp(
  amount: Quantity,
  { min, step }: ResourceV1.CapacityRequestPolicyRange,
): Quantity {
  const least = parseQuantity(min)
  if (compareQuantities(amount, least) < 0) return least
  if (step === undefined) return amount
  const [base, each] = [quantityValue(least), quantityValue(parseQuantity(step))]
  const steps = Math.ceil((quantityValue(amount) - base) / each)
  return quantityOf(base + steps * each, 'BinarySI')
}

function violates(amount: Quantity, policy: Policy | undefined): boolean {
  if (!policy) return false
  const { default: chosen, validRange, validValues = [] } = policy
  const isSame = (value: string | number) => compareQuantities(amount, parseQuantity(value)) === 0
  if (chosen !== undefined && isSame(chosen)) return false
  if (!validRange) return validValues.length > 0 && !validValues.some(isSame)
  const { min, max, step } = validRange
  if (max !== undefined && compareQuantities(amount, parseQuantity(max)) > 0) return true
  if (step === undefined) return false
  const above = quantityValue(amount) - quantityValue(parseQuantity(min))
  return above % quantityValue(parseQuantity(step)) !== 0
}
