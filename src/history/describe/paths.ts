import { deepEqual } from '#machinery'

/** The most paths listed, since those of a whole new spec tell nothing. */
const maxPaths = 12

/** Lists where two values differ: `spec.replicas`, `metadata.labels.app`. Lists are compared as wholes. */
export function changedPaths(before: unknown, after: unknown): readonly string[] {
  const found: string[] = []
  if (before !== after) walk(before, after, '', found)
  return found
}

/** The fields of metadata that the server changes with every write; they are not listed. */
const bookkeepingFields: ReadonlySet<string> = new Set([
  'resourceVersion',
  'managedFields',
  'generation',
])

type JsonMap = Readonly<Record<string, unknown>>

function walk(before: unknown, after: unknown, path: string, found: string[]): void {
  if (found.length >= maxPaths) return
  if (isMap(before) && isMap(after)) walkMembers(before, after, path, found)
  else if (!isSameList(before, after)) found.push(path)
}

function isSameList(before: unknown, after: unknown): boolean {
  return Array.isArray(before) && Array.isArray(after) && deepEqual(before, after)
}

function walkMembers(before: JsonMap, after: JsonMap, path: string, found: string[]): void {
  const below = path === '' ? '' : `${path}.`
  const passedOver = path === 'metadata' ? bookkeepingFields : undefined
  for (const name in before) {
    if (before[name] === after[name] || passedOver?.has(name)) continue
    walk(before[name], after[name], below + name, found)
  }
  for (const name in after) {
    if (Object.hasOwn(before, name) || passedOver?.has(name)) continue
    walk(undefined, after[name], below + name, found)
  }
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
