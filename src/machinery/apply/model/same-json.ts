import { asMap, type JsonMap } from './forms.ts'

/**
 * Whether two values are the same JSON. Null, absent and empty are three things here, unlike in
 * `deepEqual`; the order of members does not matter, that of items does. Shared parts are known to
 * be the same.
 */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && sameLists(a, b)
  const [left, right] = [asMap(a), asMap(b)]
  return left !== undefined && right !== undefined && sameMaps(left, right)
}

function sameLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => sameJson(item, b[i]))
}

function sameMaps(a: JsonMap, b: JsonMap): boolean {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
}
