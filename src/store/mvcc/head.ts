import type { Commit, Key, Revision, StoredValue } from '../contract/store.ts'
import type { Mvcc } from './mvcc.ts'

/**
 * The newest state: what readers see and, over it, the commits that a journal has yet to confirm.
 * New commits are decided against it, so that writers need not wait for each other.
 */
export interface Head {
  readonly revision: Revision
  lookup(key: Key): StoredValue | undefined
  /** Takes a commit that readers may not see yet. */
  add(commit: Commit): void
  /** Forgets a commit that readers see from now on. */
  confirm(commit: Commit): void
}

interface Unconfirmed {
  readonly revision: Revision
  readonly value: StoredValue | undefined
}

export function createHead(mvcc: Mvcc): Head {
  const unconfirmed = new Map<Key, Unconfirmed>()
  let revision = mvcc.revision
  return {
    get revision() {
      return revision
    },
    lookup(key) {
      const pending = unconfirmed.get(key)
      return pending ? pending.value : mvcc.get(key)
    },
    add(commit) {
      revision = commit.revision
      for (const { key, after } of commit.changes) unconfirmed.set(key, { revision, value: after })
    },
    confirm(commit) {
      for (const { key } of commit.changes) {
        if (unconfirmed.get(key)?.revision === commit.revision) unconfirmed.delete(key)
      }
    },
  }
}
