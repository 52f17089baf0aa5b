import { type KubeObject, keyOf, type Stored } from '#machinery'
import type { Change, IndexFunction, Lister } from './informer.ts'

/** Objects by key and by index, always read in key order. Holds the values it is given, no copies. */
export interface ObjectCache<T extends KubeObject> extends Lister<T> {
  /** Puts or, without `after`, removes; gives the change, or undefined when nothing changed. */
  set(key: string, after: Stored<T> | undefined): Change<T> | undefined
  keys(): readonly string[]
  addIndex(name: string, index: IndexFunction<T>): void
}

export function createObjectCache<T extends KubeObject>(
  indexes: Readonly<Record<string, IndexFunction<T>>> = {},
): ObjectCache<T> {
  const all = new Bucket<T>()
  const byNamespace = new Map<string, Bucket<T>>()
  const byIndex = new Map<string, Index<T>>()
  const namespaceOf: IndexFunction<T> = (object) => [object.metadata.namespace ?? '']

  const addIndex = (name: string, values: IndexFunction<T>) => {
    if (byIndex.has(name)) return
    const index: Index<T> = { values, buckets: new Map() }
    byIndex.set(name, index)
    for (const object of all.list()) move(index, keyOf(object), undefined, object)
  }
  const namespaces: Index<T> = { values: namespaceOf, buckets: byNamespace }
  for (const [name, index] of Object.entries(indexes)) addIndex(name, index)

  return {
    get: (key) => all.get(key),
    list: (namespace) =>
      namespace === undefined ? all.list() : (byNamespace.get(namespace)?.list() ?? []),
    by(name, value) {
      const index = byIndex.get(name)
      if (!index) throw new Error(`no index named ${name}`)
      return index.buckets.get(value)?.list() ?? []
    },
    keys: () => all.keys(),
    addIndex,
    set(key, after) {
      const before = all.get(key)
      if (before === after) return undefined
      all.set(key, after)
      move(namespaces, key, before, after)
      for (const index of byIndex.values()) move(index, key, before, after)
      return { before, after } as Change<T>
    },
  }
}

interface Index<T extends KubeObject> {
  readonly values: IndexFunction<T>
  readonly buckets: Map<string, Bucket<T>>
}

function move<T extends KubeObject>(
  index: Index<T>,
  key: string,
  before: Stored<T> | undefined,
  after: Stored<T> | undefined,
): void {
  const from = before ? index.values(before) : []
  const to = after ? index.values(after) : []
  for (const value of from) {
    if (to.includes(value)) continue
    const bucket = index.buckets.get(value)
    bucket?.set(key, undefined)
    if (bucket?.size === 0) index.buckets.delete(value)
  }
  for (const value of to) {
    let bucket = index.buckets.get(value)
    if (!bucket) {
      bucket = new Bucket<T>()
      index.buckets.set(value, bucket)
    }
    bucket.set(key, after)
  }
}

/**
 * A map that is read in key order; the order is kept by binary insertion, the list until a change.
 * An index has one for each of its values, which are as many as objects: a class, to be small.
 */
class Bucket<T extends KubeObject> {
  readonly #values = new Map<string, Stored<T>>()
  readonly #order: string[] = []
  #listed: readonly Stored<T>[] | undefined

  get size(): number {
    return this.#values.size
  }

  get(key: string): Stored<T> | undefined {
    return this.#values.get(key)
  }

  set(key: string, object: Stored<T> | undefined): void {
    this.#listed = undefined
    const [values, order] = [this.#values, this.#order]
    if (object === undefined) {
      if (values.delete(key)) order.splice(lowerBound(order, key), 1)
      return
    }
    if (!values.has(key)) order.splice(lowerBound(order, key), 0, key)
    values.set(key, object)
  }

  keys(): readonly string[] {
    return this.#order.slice()
  }

  list(): readonly Stored<T>[] {
    this.#listed ??= this.#order.map((key) => this.#values.get(key) as Stored<T>)
    return this.#listed
  }
}

function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}
