import { type Clock, createHeap } from '#lib'
import type { Key, Revision, StoredValue } from '../contract/store.ts'

/** Calls `expire` with the keys whose time has come, in order of their time and then of their key. */
export interface Expiry extends Disposable {
  /** Takes note of a value that may expire. */
  add(value: StoredValue): void
}

interface Deadline {
  readonly atMs: number
  readonly key: Key
  /** The put that set it: a later put makes it void. */
  readonly modified: Revision
}

/** One commit deletes at most so many keys. */
const batchKeys = 500

export function createExpiry(clock: Clock, expire: (due: readonly Deadline[]) => void): Expiry {
  const deadlines = createHeap<Deadline>(isBefore)
  let armed: { readonly atMs: number; readonly timer: Disposable } | undefined

  const disarm = () => {
    armed?.timer[Symbol.dispose]()
    armed = undefined
  }
  const arm = () => {
    const next = deadlines.peek()
    if (next === undefined || (armed && armed.atMs <= next.atMs)) return
    disarm()
    armed = { atMs: next.atMs, timer: clock.timer(next.atMs - clock.wallMs(), fire) }
  }
  // Wall time may have been set back since the timer was armed: what is not due is armed again.
  const fire = () => {
    armed = undefined
    for (let due = takeDue(); due.length > 0; due = takeDue()) expire(due)
    arm()
  }
  const takeDue = () => {
    const due: Deadline[] = []
    const nowMs = clock.wallMs()
    while (
      due.length < batchKeys &&
      (deadlines.peek()?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs
    ) {
      due.push(deadlines.pop() as Deadline)
    }
    return due
  }

  return {
    add({ key, modified, expiresAtMs }) {
      if (expiresAtMs === undefined) return
      deadlines.push({ atMs: expiresAtMs, key, modified })
      arm()
    },
    [Symbol.dispose]: disarm,
  }
}

function isBefore(a: Deadline, b: Deadline): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs
  if (a.key !== b.key) return a.key < b.key
  return a.modified < b.modified
}
