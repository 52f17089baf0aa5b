import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  type Quantity,
  quantityNumber,
  quantityOf,
  subtractQuantities,
  tryParseQuantity,
} from '#machinery/quantity'
import { CelError } from '../values/cel-error.ts'
import { type Overload, overload } from '../values/overload.ts'
import { CelOpaque, type CelValue } from '../values/values.ts'

class CelQuantity extends CelOpaque {
  readonly typeName = 'kubernetes.Quantity'
  readonly quantity: Quantity
  constructor(quantity: Quantity) {
    super()
    this.quantity = quantity
  }
  equals(other: CelOpaque): boolean {
    return other instanceof CelQuantity && compare(this, other) === 0
  }
}

const compare = (a: CelQuantity, b: CelQuantity): number =>
  compareQuantities(a.quantity, b.quantity)

function quantity(text: string): CelQuantity {
  try {
    return new CelQuantity(parseQuantity(text))
  } catch (error) {
    throw new CelError(error instanceof Error ? error.message : String(error))
  }
}

/** A quantity as a value of an expression. */
export function quantityOperand(value: Quantity): CelValue {
  return new CelQuantity(value)
}

const nano = 10n ** 9n

/** The amount in whole units, where it is a whole number that an int holds. */
function asInteger({ quantity: { nanos } }: CelQuantity): bigint | undefined {
  const whole = nanos / nano
  return nanos % nano === 0n && BigInt.asIntN(64, whole) === whole ? whole : undefined
}

const amount = (value: bigint): Quantity => quantityOf(value, 'DecimalExponent')

/** Kubernetes' quantities. */
export const quantities: readonly Overload[] = [
  overload('quantity(string): Quantity', quantity),
  overload('isQuantity(string): bool', (text: string) => tryParseQuantity(text) !== undefined),
  overload('sign(Quantity): int', (q: CelQuantity) =>
    q.quantity.nanos > 0n ? 1n : q.quantity.nanos < 0n ? -1n : 0n,
  ),
  overload('Quantity.isInteger(): bool', (q: CelQuantity) => asInteger(q) !== undefined),
  overload('Quantity.asInteger(): int', (q: CelQuantity) => {
    const value = asInteger(q)
    if (value === undefined) throw new CelError('cannot convert value to integer')
    return value
  }),
  overload('Quantity.asApproximateFloat(): double', (q: CelQuantity) => quantityNumber(q.quantity)),
  overload(
    'Quantity.isGreaterThan(Quantity): bool',
    (a: CelQuantity, b: CelQuantity) => compare(a, b) > 0,
  ),
  overload(
    'Quantity.isLessThan(Quantity): bool',
    (a: CelQuantity, b: CelQuantity) => compare(a, b) < 0,
  ),
  overload('Quantity.compareTo(Quantity): int', (a: CelQuantity, b: CelQuantity) =>
    BigInt(compare(a, b)),
  ),
  overload(
    'Quantity.add(Quantity): Quantity',
    (a: CelQuantity, b: CelQuantity) => new CelQuantity(addQuantities(a.quantity, b.quantity)),
  ),
  overload(
    'Quantity.add(int): Quantity',
    (a: CelQuantity, b: bigint) => new CelQuantity(addQuantities(a.quantity, amount(b))),
  ),
  overload(
    'Quantity.sub(Quantity): Quantity',
    (a: CelQuantity, b: CelQuantity) => new CelQuantity(subtractQuantities(a.quantity, b.quantity)),
  ),
  overload(
    'Quantity.sub(int): Quantity',
    (a: CelQuantity, b: bigint) => new CelQuantity(subtractQuantities(a.quantity, amount(b))),
  ),
]
