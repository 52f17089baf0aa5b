import { type FieldSet, isEmptySet, keyElement } from './field-set.ts'
import type { Ownership } from './schema.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** The live value with the applied one laid over it; parts that are owned as a whole are replaced. */
export function merge(live: unknown, applied: unknown, ownership: Ownership): unknown {
  if (applied === undefined) return live
  if (live === undefined || live === null || ownership.kind === 'leaf') return applied
  if (ownership.kind === 'fields') return mergeFields(live as JsonObject, applied, ownership)
  if (!Array.isArray(live) || !Array.isArray(applied)) return applied
  if (ownership.kind === 'set') {
    const held = new Set(applied.map((item) => JSON.stringify(item)))
    return [...live.filter((item) => !held.has(JSON.stringify(item))), ...applied]
  }
  return mergeKeyed(live, applied, ownership)
}

function mergeFields(
  live: JsonObject,
  applied: unknown,
  ownership: Extract<Ownership, { readonly kind: 'fields' }>,
): unknown {
  if (typeof applied !== 'object' || applied === null) return applied
  const merged: Record<string, unknown> = { ...live }
  for (const [name, part] of Object.entries(applied)) {
    merged[name] = merge(live[name], part, ownership.child(name))
  }
  return merged
}

/** Elements that stand keep their places; new ones follow in the order in which they were applied. */
function mergeKeyed(
  live: readonly unknown[],
  applied: readonly unknown[],
  ownership: Extract<Ownership, { readonly kind: 'keyed' }>,
): unknown {
  const left = new Map(applied.map((item) => [keyElement(item, ownership), item]))
  const kept = live.map((item) => {
    const key = keyElement(item, ownership)
    const over = left.get(key)
    left.delete(key)
    return over === undefined ? item : merge(item, over, ownership.element)
  })
  return [...kept, ...left.values()]
}

/** The value without the members of a set. */
export function withoutFields(value: unknown, set: FieldSet, ownership: Ownership): unknown {
  if (isEmptySet(set)) return value
  if (Array.isArray(value)) return withoutElements(value, set, ownership)
  if (typeof value !== 'object' || value === null || ownership.kind !== 'fields') return value
  const kept = Object.entries(value).flatMap(([name, part]) => {
    const below = set[`f:${name}`]
    if (below === undefined) return [[name, part] as const]
    if (isEmptySet(below)) return []
    return [[name, withoutFields(part, below, ownership.child(name))] as const]
  })
  return Object.fromEntries(kept)
}

function withoutElements(list: readonly unknown[], set: FieldSet, ownership: Ownership): unknown {
  return list.flatMap((item) => {
    const element =
      ownership.kind === 'keyed' ? keyElement(item, ownership) : `v:${JSON.stringify(item)}`
    const below = set[element]
    if (below === undefined) return [item]
    if (isEmptySet(below) || '.' in below) return []
    const inner = ownership.kind === 'keyed' ? ownership.element : { kind: 'leaf' as const }
    return [withoutFields(item, below, inner)]
  })
}
