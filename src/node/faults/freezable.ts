import { type Freezer, whenThawed } from './freezer.ts'

/**
 * The same object, whose methods' answers (promises and iterations) wait while `freezer` is frozen.
 * Members that are objects are made so as well. A caller that the same freezer stops everywhere makes
 * no calls while it is frozen, so calls themselves need not wait.
 */
export function freezable<T extends object>(target: T, freezer: Freezer): T {
  const members = new Map<PropertyKey, unknown>()
  // Stands on an empty object: a proxy of a frozen one may not answer anything but its members.
  return new Proxy({} as T, {
    has: (_, key) => Reflect.has(target, key),
    get(_, key) {
      const known = members.get(key)
      if (known !== undefined) return known
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function' && !isObject(value)) return value
      const member = freezableMember(target, value, freezer)
      members.set(key, member)
      return member
    },
  })
}

// biome-ignore lint/complexity/noBannedTypes: any function at all
function freezableMember(target: object, value: object | Function, freezer: Freezer): unknown {
  if (typeof value !== 'function') return freezable(value, freezer)
  return (...values: unknown[]) => waiting(Reflect.apply(value, target, values), freezer)
}

function waiting(result: unknown, freezer: Freezer): unknown {
  if (result instanceof Promise) {
    return result.then(
      (value) => whenThawed(freezer)?.then(() => value) ?? value,
      (error) => whenThawed(freezer)?.then(() => Promise.reject(error)) ?? Promise.reject(error),
    )
  }
  return isIterable(result) ? slowly(result, freezer) : result
}

/** An iteration whose items wait while `freezer` is frozen. */
async function* slowly<T>(source: AsyncIterable<T>, freezer: Freezer): AsyncIterable<T> {
  for await (const item of source) {
    await freezer.thawed()
    yield item
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && Symbol.asyncIterator in value
}
