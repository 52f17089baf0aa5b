/** Paths are told up to this many; a whole new spec is not. */
const most = 12

/** Where two values differ: `spec.replicas`, `metadata.labels.app`. Lists are compared as wholes. */
export function changedPaths(before: unknown, after: unknown): readonly string[] {
  const found: string[] = []
  walk(before, after, '', found)
  return found
}

const untold: ReadonlySet<string> = new Set([
  'metadata.resourceVersion',
  'metadata.managedFields',
  'metadata.generation',
])

function walk(before: unknown, after: unknown, path: string, found: string[]): void {
  if (before === after || found.length >= most || untold.has(path)) return
  if (isMap(before) && isMap(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      walk(before[name], after[name], path === '' ? name : `${path}.${name}`, found)
    }
    return
  }
  const bothLists = Array.isArray(before) && Array.isArray(after)
  if (bothLists && JSON.stringify(before) === JSON.stringify(after)) return
  found.push(path)
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
