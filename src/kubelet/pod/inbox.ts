import { type Clock, onAbort } from '#lib'
import type { Trigger } from '#machinery'

/**
 * What a wake-up is about, the most pressing first: a decision of the kubelet's own to end the pod,
 * a change of the pod or of what it depends on, or a report of the runtime, which the next look at
 * the runtime takes in as well.
 */
const priorities = ['kill', 'sync', 'pleg'] as const

/** A reason to do something for a pod. */
export interface WakeUp {
  /** It becomes the cause of what is written then. */
  readonly because: Trigger
  readonly priority: (typeof priorities)[number]
}

/**
 * The inbox keeps the wake-ups of one pod until its worker takes them: all at once, since one step
 * serves them all. The most pressing one is told, and of equals the first.
 */
export interface Inbox {
  put(wakeUp: WakeUp): void
  /** Drops the reports of the runtime: it has been asked since, and there is nothing to do for it. */
  dropReports(): void
  /** Gives why it is time: what was put in, or, after `withinMs`, that the time has come. */
  next(withinMs: number | undefined, signal: AbortSignal): Promise<Trigger>
}

export function createInbox(clock: Clock): Inbox {
  const waiting = new Map<WakeUp['priority'], Trigger>()
  let resolve: ((because: Trigger) => void) | undefined
  const take = () => {
    const pressing = priorities.find((priority) => waiting.has(priority))
    const because = pressing && waiting.get(pressing)
    waiting.clear()
    return because
  }
  return {
    put({ because, priority }) {
      if (!waiting.has(priority)) waiting.set(priority, because)
      const wake = resolve
      resolve = undefined
      wake?.(take() ?? because)
    },
    dropReports: () => void waiting.delete('pleg'),
    next(withinMs, signal) {
      const because = take()
      if (because !== undefined) return Promise.resolve(because)
      if (withinMs === 0) return Promise.resolve(timer('the next step of the pod is due'))
      return new Promise((done) => {
        const due =
          withinMs === undefined
            ? undefined
            : clock.timer(withinMs, () => finish(timer('a time that was waited for has come')))
        const finish = (reason: Trigger) => {
          due?.[Symbol.dispose]()
          watched[Symbol.dispose]()
          resolve = undefined
          done(reason)
        }
        const stop = () => finish(timer('the kubelet stops'))
        const watched = onAbort(signal, stop)
        resolve = finish
        if (signal.aborted) stop()
      })
    },
  }
}

function timer(purpose: string): Trigger {
  return { kind: 'timer', purpose }
}
