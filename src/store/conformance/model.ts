import type {
  Commit,
  CommitResult,
  Guard,
  Key,
  RangeQuery,
  RangeResult,
  Revision,
  StoredValue,
  Write,
} from '../contract/store.ts'
import { changeFrom, stage } from '../mvcc/stage.ts'

/**
 * The slowest correct store: a list of commits, folded anew for each question. What the real ones
 * answer is compared with it.
 */
export interface Model {
  readonly commits: readonly Commit[]
  readonly revision: Revision
  get(key: Key, at?: Revision): StoredValue | undefined
  range(query: RangeQuery): RangeResult
  commit(guards: readonly Guard[], writes: readonly Write[]): CommitResult
}

export function createModel(start: Revision): Model {
  const commits: Commit[] = []
  const now = () => start + commits.length
  const stateAt = (at: Revision) => {
    const state = new Map<Key, StoredValue>()
    for (const { revision, changes } of commits) {
      if (revision > at) break
      for (const { key, after } of changes) {
        if (after) state.set(key, after)
        else state.delete(key)
      }
    }
    return state
  }
  return {
    commits,
    get revision() {
      return now()
    },
    get: (key, at) => stateAt(at ?? now()).get(key),
    range({ prefix, from = '', limit, at }) {
      const all = [...stateAt(at ?? now()).values()]
        .filter(({ key }) => key.startsWith(prefix) && key >= from)
        .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      const values = all.slice(0, limit || all.length)
      const remaining = all.length - values.length
      return { revision: at ?? now(), values, more: remaining > 0, remaining }
    },
    commit(guards, writes) {
      const state = stateAt(now())
      const staged = stage({ guards, writes, revision: now() + 1 }, (key) => state.get(key))
      if (staged.kind === 'conflict') return { ok: false, current: staged.current }
      if (staged.kind === 'unchanged') return { ok: true, revision: now(), changes: [] }
      commits.push(staged.commit)
      return { ok: true, ...staged.commit }
    },
  }
}

/** The commits that a watch of `prefix` after `after` must deliver. */
export function watchedCommits(
  commits: readonly Commit[],
  prefix: Key,
  after: Revision,
): readonly Commit[] {
  return commits
    .filter(({ revision }) => revision > after)
    .map(({ revision, changes }) => ({
      revision,
      changes: changes.filter(({ key }) => key.startsWith(prefix)),
    }))
    .filter(({ changes }) => changes.length > 0)
}

/** What answers are compared by: text for bytes, and no expiry, which not every store reports. */
export function comparable(value: StoredValue | undefined): object | undefined {
  if (value === undefined) return undefined
  const { key, created, modified, version } = value
  return { key, created, modified, version, text: new TextDecoder().decode(value.value.bytes) }
}

export function comparableCommit({ revision, changes }: Commit): object {
  return {
    revision,
    changes: changes.map(({ key, before, after }) => {
      const change = changeFrom(before, after, key)
      return { key, before: comparable(change.before), after: comparable(change.after) }
    }),
  }
}

export function comparableResult(result: CommitResult): object {
  return result.ok
    ? { ok: true, ...comparableCommit(result) }
    : { ok: false, current: result.current.map(comparable) }
}

export function comparableRange(result: RangeResult): object {
  return { ...result, values: result.values.map(comparable) }
}
