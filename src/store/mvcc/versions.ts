import sortedBTree from 'sorted-btree'
import type { Commit, Key, RangeQuery, Revision, StoredValue } from '../contract/store.ts'

/**
 * Every key with its versions, newest first, in a B+tree by key. A deletion is a version without a
 * value. After puts at 2 and 5 and a deletion at 7:
 *
 *     a -> 7 (deleted) -> 5 "y" -> 2 "x"
 *
 * Reading at 6 walks to 5. Compacting at 5 cuts off 2; compacting at 7 removes the key.
 */
export interface Versions {
  get(key: Key, at: Revision): StoredValue | undefined
  /** The newest value. */
  current(key: Key): StoredValue | undefined
  range(query: RangeQuery & { readonly at: Revision }): Page
  add(commit: Commit): void
  /** Drops the versions that no read at `at` or later can see, of the keys that `commits` changed. */
  forget(commits: readonly Commit[], at: Revision): void
}

interface Page {
  readonly values: readonly StoredValue[]
  readonly remaining: number
}

interface Version {
  readonly revision: Revision
  readonly value: StoredValue | undefined
  older: Version | undefined
}

// The package is CommonJS: under ESM its class is the default of the default.
const BTree = sortedBTree.default
type Tree = InstanceType<typeof BTree<Key, Version>>

export function createVersions(values: Iterable<StoredValue>): Versions {
  const tree: Tree = new BTree<Key, Version>(undefined, compareKeys)
  for (const value of values) {
    tree.set(value.key, { revision: value.modified, value, older: undefined })
  }
  return {
    get: (key, at) => versionAt(tree.get(key), at)?.value,
    current: (key) => tree.get(key)?.value,
    range: (query) => readPage(tree, query),
    add({ revision, changes }) {
      for (const { key, after } of changes) {
        tree.set(key, { revision, value: after, older: tree.get(key) })
      }
    },
    forget(commits, at) {
      const keys = new Set(commits.flatMap(({ changes }) => changes.map(({ key }) => key)))
      for (const key of keys) forgetBefore(tree, key, at)
    },
  }
}

function compareKeys(a: Key, b: Key): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function versionAt(newest: Version | undefined, at: Revision): Version | undefined {
  let version = newest
  while (version && version.revision > at) version = version.older
  return version
}

function readPage(tree: Tree, { prefix, from, limit, at }: RangeQuery & { at: Revision }): Page {
  const first = from !== undefined && from > prefix ? from : prefix
  const most = limit || Number.POSITIVE_INFINITY
  const end = keyAfterPrefix(prefix)
  const values: StoredValue[] = []
  let remaining = 0
  const visit = (_key: Key, newest: Version) => {
    const value = versionAt(newest, at)?.value
    if (value === undefined) return
    if (values.length < most) values.push(value)
    else remaining++
  }
  const last = end ?? tree.maxKey()
  if (last !== undefined) tree.forRange(first, last, end === undefined, visit)
  return { values, remaining }
}

/** The first key behind all that begin with `prefix`; none if there can be no such key. */
function keyAfterPrefix(prefix: Key): Key | undefined {
  for (let at = prefix.length - 1; at >= 0; at--) {
    const unit = prefix.charCodeAt(at)
    if (unit < 0xffff) return prefix.slice(0, at) + String.fromCharCode(unit + 1)
  }
  return undefined
}

function forgetBefore(tree: Tree, key: Key, at: Revision): void {
  let newer: Version | undefined
  let version = tree.get(key)
  while (version && version.revision > at) {
    newer = version
    version = version.older
  }
  if (version === undefined) return
  version.older = undefined
  if (version.value !== undefined) return
  if (newer) newer.older = undefined
  else tree.delete(key)
}
