import { type Clock, createBackOff } from '#lib'

const initialMs = 10
const longestMs = 1_000
/** After this long without a rejection the next one costs the shortest pause again. */
const quietMs = 10_000

/**
 * How long a node that has turned a pod away waits before it judges the next one. Whoever replaces
 * such pods at once is held up upstream by the latency of the API and the rates of its clients;
 * where neither takes time, they would chase each other at one instant for ever.
 */
export function createRejectionPause(clock: Clock): () => number {
  const backOff = createBackOff({ initialMs, maxMs: longestMs })
  let lastMs = clock.monotonicMs()
  return () => {
    const nowMs = clock.monotonicMs()
    if (nowMs - lastMs > quietMs) backOff.forget('')
    lastMs = nowMs
    return backOff.next('')
  }
}
