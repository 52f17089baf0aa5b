import type { Clock } from '#lib'

/** The time limit of one request. */
interface TimeLimit {
  readonly signal: AbortSignal
  /** The request has ended; the limit will not fire. */
  done(): void
}

/** Limits of equal length, which therefore end in the order they began: one timer serves them all. */
export interface TimeLimits extends Disposable {
  start(): TimeLimit
}

interface Entry {
  readonly dueMs: number
  readonly controller: AbortController
  isDone: boolean
}

export function createTimeLimits(clock: Clock, limitMs: number): TimeLimits {
  let queue: Entry[] = []
  /** Entries before it have ended; cut off when they are many. */
  let head = 0
  let timer: Disposable | undefined
  const passEnded = () => {
    while (queue[head]?.isDone) head++
    if (head > 1024 || head === queue.length) {
      queue = queue.slice(head)
      head = 0
    }
  }
  const fire = () => {
    timer = undefined
    const nowMs = clock.monotonicMs()
    for (let index = head; index < queue.length; index++) {
      const entry = queue[index]
      if (entry === undefined || entry.dueMs > nowMs) break
      if (!entry.isDone) entry.controller.abort(new Error('deadline exceeded'))
      entry.isDone = true
    }
    passEnded()
    arm()
  }
  const arm = () => {
    const next = queue[head]
    if (timer || next === undefined) return
    timer = clock.timer(next.dueMs - clock.monotonicMs(), fire)
  }
  return {
    start: () => {
      const controller = new AbortController()
      const entry: Entry = { dueMs: clock.monotonicMs() + limitMs, controller, isDone: false }
      queue.push(entry)
      arm()
      return {
        signal: controller.signal,
        done: () => {
          entry.isDone = true
          passEnded()
        },
      }
    },
    [Symbol.dispose]: () => {
      timer?.[Symbol.dispose]()
      timer = undefined
      for (const { controller, isDone } of queue.slice(head)) {
        if (!isDone) controller.abort(new Error('the load has stopped'))
      }
      queue = []
      head = 0
    },
  }
}
