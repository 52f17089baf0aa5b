/**
 * Timers by the instant at which they are due: a 4-ary heap whose keys stand in an array of plain
 * numbers, so that a million timers cost about a microsecond each. A cancelled timer stays behind
 * as a tombstone; when tombstones outnumber the living, the heap is rebuilt without them.
 */
export interface TimerQueue {
  /** Timers that are neither taken nor cancelled. */
  readonly size: number
  /** The earliest instant at which a timer is due. */
  readonly firstMs: number | undefined
  add(atMs: number, fire: () => void): Disposable
  /** Moves every timer due at or before `nowMs` to `due`; each may still be cancelled there. */
  takeDue(nowMs: number, due: DueTimer[]): void
}

/** A timer that is due. `fire` is undefined once it was cancelled. */
export interface DueTimer {
  fire: (() => void) | undefined
}

interface Timer extends DueTimer, Disposable {
  isQueued: boolean
}

interface Entries {
  readonly keys: number[]
  readonly timers: Timer[]
}

/** Below this many tombstones a rebuild is not worth its while. */
const fewTombstones = 64

export function createTimerQueue(): TimerQueue {
  let entries: Entries = { keys: [], timers: [] }
  let tombstones = 0

  function cancel(this: Timer): void {
    if (this.fire === undefined) return
    this.fire = undefined
    if (!this.isQueued) return
    tombstones++
    if (tombstones > fewTombstones && tombstones > entries.keys.length / 2) {
      entries = withoutTombstones(entries)
      tombstones = 0
    }
  }

  const dropTombstones = () => {
    while (entries.keys.length > 0 && entries.timers[0]?.fire === undefined) {
      removeFirst(entries)
      tombstones--
    }
  }

  return {
    get size() {
      return entries.keys.length - tombstones
    },
    get firstMs() {
      dropTombstones()
      return entries.keys[0]
    },
    add(atMs, fire) {
      const timer: Timer = { fire, isQueued: true, [Symbol.dispose]: cancel }
      insert(entries, atMs, timer)
      return timer
    },
    takeDue(nowMs, due) {
      for (;;) {
        dropTombstones()
        const atMs = entries.keys[0]
        if (atMs === undefined || atMs > nowMs) return
        const timer = removeFirst(entries)
        timer.isQueued = false
        due.push(timer)
      }
    },
  }
}

function insert({ keys, timers }: Entries, key: number, timer: Timer): void {
  let at = keys.length
  keys.push(key)
  timers.push(timer)
  while (at > 0) {
    const parent = (at - 1) >> 2
    const parentKey = keys[parent] as number
    if (parentKey <= key) break
    keys[at] = parentKey
    timers[at] = timers[parent] as Timer
    at = parent
  }
  keys[at] = key
  timers[at] = timer
}

function removeFirst({ keys, timers }: Entries): Timer {
  const first = timers[0] as Timer
  const key = keys.pop() as number
  const timer = timers.pop() as Timer
  const { length } = keys
  if (length === 0) return first
  let at = 0
  for (;;) {
    const child = leastChild(keys, at)
    if (child >= length || (keys[child] as number) >= key) break
    keys[at] = keys[child] as number
    timers[at] = timers[child] as Timer
    at = child
  }
  keys[at] = key
  timers[at] = timer
  return first
}

/** The child of `at` with the least key; past the end when it has none. */
function leastChild(keys: readonly number[], at: number): number {
  let least = 4 * at + 1
  const end = Math.min(least + 4, keys.length)
  for (let child = least + 1; child < end; child++) {
    if ((keys[child] as number) < (keys[least] as number)) least = child
  }
  return least
}

/** Rebuilds in the order in which the entries stood, so that it is the same in every run. */
function withoutTombstones({ keys, timers }: Entries): Entries {
  const living: Entries = { keys: [], timers: [] }
  for (const [at, timer] of timers.entries()) {
    if (timer.fire !== undefined) insert(living, keys[at] as number, timer)
  }
  return living
}
