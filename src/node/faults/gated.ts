import { type Gate, waitAt } from './gate.ts'

/**
 * The same object, what its methods give (promises and iterations) waiting at the gate. Members that
 * are objects are gated as well. A caller who is stopped by the same gate everywhere makes no calls
 * while it is closed, so calls themselves need not wait.
 */
export function gated<T extends object>(target: T, gate: Gate): T {
  const members = new Map<PropertyKey, unknown>()
  // Stands on an empty object: a proxy of a frozen one may not answer anything but its members.
  return new Proxy({} as T, {
    has: (_, key) => Reflect.has(target, key),
    get(_, key) {
      const known = members.get(key)
      if (known !== undefined) return known
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function' && !isObject(value)) return value
      const member = gatedMember(target, value, gate)
      members.set(key, member)
      return member
    },
  })
}

// biome-ignore lint/complexity/noBannedTypes: any function at all
function gatedMember(target: object, value: object | Function, gate: Gate): unknown {
  if (typeof value !== 'function') return gated(value, gate)
  return (...values: unknown[]) => waiting(Reflect.apply(value, target, values), gate)
}

function waiting(result: unknown, gate: Gate): unknown {
  if (result instanceof Promise) {
    return result.then(
      (value) => waitAt(gate)?.then(() => value) ?? value,
      (error) => waitAt(gate)?.then(() => Promise.reject(error)) ?? Promise.reject(error),
    )
  }
  return isIterable(result) ? slowly(result, gate) : result
}

/** An iteration whose items wait at the gate. */
async function* slowly<T>(source: AsyncIterable<T>, gate: Gate): AsyncIterable<T> {
  for await (const item of source) {
    await gate.passed()
    yield item
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && Symbol.asyncIterator in value
}
