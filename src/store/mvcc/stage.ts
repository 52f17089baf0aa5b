import { KnarrError } from '#lib'
import type {
  Commit,
  Guard,
  Key,
  Revision,
  StoredChange,
  StoredValue,
  Write,
} from '../contract/store.ts'

/** What a call of `commit` comes to, before anything is written. */
export type Staged =
  | { readonly kind: 'commit'; readonly commit: Commit }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'conflict'; readonly current: readonly (StoredValue | undefined)[] }

export type Lookup = (key: Key) => StoredValue | undefined

export interface StageRequest {
  readonly guards: readonly Guard[]
  readonly writes: readonly Write[]
  /** The revision that the commit gets if it changes something. */
  readonly revision: Revision
}

/** Decides a commit against the state that `lookup` shows. Pure. */
export function stage(request: StageRequest, lookup: Lookup): Staged {
  assertWritable(request.writes)
  const current = request.guards.map(({ key }) => lookup(key))
  const holds = request.guards.every(
    ({ modified }, at) => (current[at]?.modified ?? 'absent') === modified,
  )
  if (!holds) return { kind: 'conflict', current }
  const changes = request.writes
    .map((write) => changeOf(write, lookup(write.key), request.revision))
    .filter((change) => change !== undefined)
  if (changes.length === 0) return { kind: 'unchanged' }
  const ordered = changes.length === 1 ? changes : changes.toSorted(byKey)
  return {
    kind: 'commit',
    commit: Object.freeze({ revision: request.revision, changes: Object.freeze(ordered) }),
  }
}

/** Refuses what no store could keep apart: one key twice, or a key that has no UTF-8 form. */
export function assertWritable(writes: readonly Write[]): void {
  const seen = new Set<Key>()
  for (const { key } of writes) {
    if (!key.isWellFormed()) {
      throw new KnarrError('StoreBadKey', `key ${JSON.stringify(key)} is not well-formed Unicode`)
    }
    if (seen.has(key)) {
      throw new KnarrError(
        'StoreDuplicateKey',
        `key ${JSON.stringify(key)} stands twice in one commit`,
      )
    }
    seen.add(key)
  }
}

/** The value that a put leaves behind. */
export function valueAfterPut(
  write: Extract<Write, { kind: 'put' }>,
  before: StoredValue | undefined,
  revision: Revision,
): StoredValue {
  return Object.freeze({
    key: write.key,
    value: write.value,
    created: before?.created ?? revision,
    modified: revision,
    version: (before?.version ?? 0) + 1,
    ...(write.expiresAtMs === undefined ? {} : { expiresAtMs: write.expiresAtMs }),
  })
}

function changeOf(
  write: Write,
  before: StoredValue | undefined,
  revision: Revision,
): StoredChange | undefined {
  if (write.kind === 'put')
    return changeFrom(before, valueAfterPut(write, before, revision), write.key)
  return before && changeFrom(before, undefined, write.key)
}

/** A change without the side that is absent. */
export function changeFrom(
  before: StoredValue | undefined,
  after: StoredValue | undefined,
  key: Key,
): StoredChange {
  return Object.freeze({ key, ...(before && { before }), ...(after && { after }) })
}

export function byKey(a: { readonly key: Key }, b: { readonly key: Key }): number {
  if (a.key === b.key) return 0
  return a.key < b.key ? -1 : 1
}
