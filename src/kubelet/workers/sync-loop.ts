import { type Clock, type Logger, onAbort } from '#lib'

/**
 * Whether the kubelet takes anything on (upstream: syncLoop). While the runtime is down or nobody
 * notices what happens in it, no change of a pod is taken up and no pod is looked at; what a worker
 * is at goes on, and so do probes and evictions.
 */
export interface SyncLoop {
  isGoing(): boolean
  /** Resolves once it is going; rejects when `signal` aborts before. */
  going(signal: AbortSignal): Promise<void>
}

/** How long until a fault is looked at again: each time twice as long, up to the longest. */
const firstLookMs = 100
const longestLookMs = 5_000

export function createSyncLoop(
  { clock, log }: { readonly clock: Clock; readonly log: Pick<Logger, 'warn'> },
  fault: () => string | undefined,
  signal: AbortSignal,
): SyncLoop {
  let pause: Promise<void> | undefined
  const untilHealthy = async () => {
    for (let waitMs = firstLookMs; ; waitMs = Math.min(longestLookMs, 2 * waitMs)) {
      const error = fault()
      if (error === undefined) break
      log.warn('skipping pod synchronization', { error })
      await clock.sleep(waitMs, signal)
    }
    pause = undefined
  }
  const isGoing = () => pause === undefined && fault() === undefined
  return {
    isGoing,
    async going(waiting) {
      waiting.throwIfAborted()
      if (isGoing()) return
      pause ??= untilHealthy()
      await orAbort(pause, waiting)
    },
  }
}

function orAbort(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const watched = onAbort(signal, () => reject(signal.reason))
    promise.then(resolve, reject).finally(() => watched[Symbol.dispose]())
  })
}
