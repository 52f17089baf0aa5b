import { CelError } from '../values/cel-error.ts'
import { celEquals } from '../values/equal.ts'
import { type Overload, overload } from '../values/overload.ts'
import {
  CelDuration,
  CelList,
  CelMap,
  CelOptional,
  CelUint,
  type CelValue,
} from '../values/values.ts'

const contains = (a: CelList, b: CelList): boolean =>
  b.items.every((wanted) => a.items.some((item) => celEquals(item, wanted)))

function present(optional: CelOptional): CelValue {
  if (optional.value === undefined) throw new CelError('optional.none() dereference')
  return optional.value
}

/** Whether a value is the one that an unset field of its type has. */
function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0
  if (value instanceof Uint8Array) return value.length === 0
  if (value instanceof CelUint) return value.value === 0n
  if (value instanceof CelDuration) return value.nanos === 0n
  return value instanceof CelOptional && value.value === undefined
}

const unwrapped = ({ items }: CelList): CelList =>
  new CelList(
    items.flatMap((item) =>
      item instanceof CelOptional && item.value !== undefined ? [item.value] : [],
    ),
  )

/** Comparisons of lists as sets, and optional values. */
export const collections: readonly Overload[] = [
  overload('sets.contains(list<A>, list<A>): bool', contains),
  overload(
    'sets.equivalent(list<A>, list<A>): bool',
    (a: CelList, b: CelList) => contains(a, b) && contains(b, a),
  ),
  overload('sets.intersects(list<A>, list<A>): bool', (a: CelList, b: CelList) =>
    a.items.some((item) => b.items.some((other) => celEquals(item, other))),
  ),
  overload('optional.of(A): optional<A>', (value: CelValue) => new CelOptional(value)),
  overload('optional.ofNonZeroValue(A): optional<A>', (value: CelValue) =>
    isZero(value) ? new CelOptional() : new CelOptional(value),
  ),
  overload('optional.none(): optional<A>', () => new CelOptional()),
  overload('optional.unwrap(list<optional<A>>): list<A>', unwrapped),
  overload('list<optional<A>>.unwrapOpt(): list<A>', unwrapped),
  overload('optional<A>.value(): A', present),
  overload('optional<A>.hasValue(): bool', ({ value }: CelOptional) => value !== undefined),
  overload('optional<A>.or(optional<A>): optional<A>', (a: CelOptional, b: CelOptional) =>
    a.value === undefined ? b : a,
  ),
  overload(
    'optional<A>.orValue(A): A',
    ({ value }: CelOptional, other: CelValue) => value ?? (value === null ? null : other),
  ),
]
