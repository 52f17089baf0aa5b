import sortedBTree from 'sorted-btree'
import type { Encoded, Stored } from '#machinery'
import type { Selection } from './selection.ts'

/** Fields by which watchers are found without asking each of them. */
export type FieldIndexes = Readonly<Record<string, (object: Stored) => string>>

/** Objects in key order, found by namespace and by indexed fields without a scan. */
export interface ObjectSet {
  readonly size: number
  /** By its key in the store. */
  get(key: string): Encoded<Stored> | undefined
  /** The namespace is empty or absent for cluster-scoped objects. */
  named(namespace: string | undefined, name: string): Encoded<Stored> | undefined
  /** Puts or, without an object, removes. */
  set(key: string, object: Encoded<Stored> | undefined): void
  /** The candidates of a selection: all that match, and maybe more. */
  select(selection: Selection): Iterable<Encoded<Stored>>
  /** The same with their keys, from a key on. */
  selectFrom(selection: Selection, from: string): Iterable<readonly [string, Encoded<Stored>]>
  /** Those with this value of an indexed field, in key order. */
  byField(field: string, value: string): readonly Encoded<Stored>[]
  /** All, with their keys, in key order. */
  entries(): Iterable<readonly [string, Encoded<Stored>]>
  values(): Iterable<Encoded<Stored>>
}

export interface ObjectSetOptions {
  /** Of the keys in the store. */
  readonly prefix: string
  readonly indexes: FieldIndexes
  /** Keys then have no part for the namespace. */
  readonly isClusterScoped: boolean
}

export function createObjectSet({ prefix, indexes, isClusterScoped }: ObjectSetOptions): ObjectSet {
  const tree = new sortedBTree.default<string, Encoded<Stored>>(undefined, compareKeys)
  /** By namespace and name: every request asks, and most of those several times. */
  const byName = new Map<string, Map<string, Encoded<Stored>>>()
  const fields = new Map<string, Map<string, Map<string, Encoded<Stored>>>>(
    Object.keys(indexes).map((field) => [field, new Map()]),
  )
  const reindex = (key: string, held?: Encoded<Stored>, object?: Encoded<Stored>) => {
    for (const [field, read] of Object.entries(indexes)) {
      const index = fields.get(field) as Map<string, Map<string, Encoded<Stored>>>
      const from = held && read(held.object)
      const to = object && read(object.object)
      if (from !== undefined && from !== to) drop(index, from, key)
      if (to !== undefined && object) index.set(to, (index.get(to) ?? new Map()).set(key, object))
    }
  }
  const nameAgain = (held?: Encoded<Stored>, object?: Encoded<Stored>) => {
    const { namespace = '', name = '' } = (object ?? held)?.object.metadata ?? {}
    if (object) byName.set(namespace, (byName.get(namespace) ?? new Map()).set(name, object))
    else drop(byName, namespace, name)
  }
  const byField = (field: string, value: string) =>
    [...(fields.get(field)?.get(value) ?? [])]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object)
  const set = (key: string, object: Encoded<Stored> | undefined) => {
    const held = tree.get(key)
    reindex(key, held, object)
    nameAgain(held, object)
    if (object) tree.set(key, object)
    else tree.delete(key)
  }
  const named = (namespace: string | undefined, name: string) =>
    byName.get(namespace ?? '')?.get(name)
  function* range(start: string, from = start): Generator<readonly [string, Encoded<Stored>]> {
    for (const entry of tree.entries(from < start ? start : from)) {
      if (!entry[0].startsWith(start)) return
      yield entry
    }
  }
  const rangeOf = ({ namespace }: Selection) =>
    namespace && !isClusterScoped ? `${prefix}${namespace}/` : prefix
  /** Those that an index gives; undefined where none can. */
  const found = (selection: Selection): readonly Encoded<Stored>[] | undefined => {
    const { name, namespace } = selection
    if (name !== undefined && (namespace || isClusterScoped)) {
      const one = named(isClusterScoped ? '' : namespace, name)
      return one ? [one] : []
    }
    const field = indexedField(selection, indexes)
    return field && byField(field.name, field.value)
  }
  const keyOf = ({ object: { metadata } }: Encoded<Stored>) =>
    `${prefix}${isClusterScoped ? '' : `${metadata.namespace}/`}${metadata.name}`

  return {
    get size() {
      return tree.size
    },
    get: (key) => tree.get(key),
    named,
    set,
    select: (selection) => found(selection) ?? values(range(rangeOf(selection))),
    selectFrom(selection, from) {
      const few = found(selection)?.map((object) => [keyOf(object), object] as const)
      return few?.filter(([key]) => key >= from) ?? range(rangeOf(selection), from)
    },
    byField,
    entries: () => tree.entries(),
    values: () => tree.values(),
  }
}

function* values<T>(entries: Iterable<readonly [string, T]>): Generator<T> {
  for (const [, value] of entries) yield value
}

/** The tree's own comparison takes any kind of key, and for that takes longer. */
function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function drop(index: Map<string, Map<string, unknown>>, value: string, key: string): void {
  const bucket = index.get(value)
  bucket?.delete(key)
  if (bucket?.size === 0) index.delete(value)
}

/** The first indexed field that a selection fixes to one value. */
export function indexedField(
  { fields }: Selection,
  indexes: FieldIndexes,
): { readonly name: string; readonly value: string } | undefined {
  const found = fields.find(
    ({ field, operator }) => operator !== '!=' && Object.hasOwn(indexes, field),
  )
  return found && { name: found.field, value: found.value }
}
