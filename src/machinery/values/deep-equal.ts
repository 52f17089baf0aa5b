/**
 * Whether two JSON values are equal as upstream's semantic equality sees them: absent, null and an
 * empty list are the same, as a nil and an empty slice are; the order of members does not matter.
 * An empty object is not the same as none: it may stand for a pointer that is set (`emptyDir: {}`).
 * Shared parts are recognised by identity, so comparing an object with its successor is cheap.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isNothing(a)) return isNothing(b) || isEmptyList(b)
  if (isNothing(b)) return isEmptyList(a)
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a, b)
  return !Array.isArray(b) && equalMaps(a as JsonMap, b as JsonMap)
}

type JsonMap = Readonly<Record<string, unknown>>

function isNothing(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function equalLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => deepEqual(item, b[i]))
}

function equalMaps(a: JsonMap, b: JsonMap): boolean {
  for (const key in a) if (!deepEqual(a[key], b[key])) return false
  for (const key in b) if (!(key in a) && !deepEqual(undefined, b[key])) return false
  return true
}
