import type { Behaviour } from '../behaviour/behaviour.ts'

/** What a process uses as time goes by, and when that becomes too much. */
export interface Consumption {
  memoryBytes(nowMs: number): number
  cpuNs(nowMs: number): number
  /** When its memory reaches its limit; undefined when it never does. */
  readonly outOfMemoryAtMs: number | undefined
}

export function consumptionOf(behaviour: Behaviour, startedMs: number): Consumption {
  const { memoryBytes, memoryBytesPerMs, memoryLimitBytes, cpuCores } = behaviour
  const leftBytes = memoryLimitBytes === undefined ? undefined : memoryLimitBytes - memoryBytes
  const after = leftBytes === undefined ? undefined : msUntil(leftBytes, memoryBytesPerMs)
  return {
    memoryBytes: (nowMs) => Math.round(memoryBytes + memoryBytesPerMs * (nowMs - startedMs)),
    cpuNs: (nowMs) => Math.round((nowMs - startedMs) * cpuCores * 1e6),
    outOfMemoryAtMs: after === undefined ? undefined : startedMs + after,
  }
}

function msUntil(leftBytes: number, bytesPerMs: number): number | undefined {
  if (leftBytes <= 0) return 0
  return bytesPerMs > 0 ? Math.ceil(leftBytes / bytesPerMs) : undefined
}

/** The earliest of some instants; undefined when there is none. */
export function earliest(...instants: readonly (number | undefined)[]): number | undefined {
  const set = instants.filter((each) => each !== undefined)
  return set.length === 0 ? undefined : Math.min(...set)
}

/** Exit codes of processes that a signal ended. */
export const killedCode = 137

/**
 * Whether an instant has come. Sums of fractions may miss it by a hair, and whoever is woken for it
 * must not go back to sleep for nothing.
 */
export function isDue(atMs: number | undefined, nowMs: number): boolean {
  return atMs !== undefined && atMs - nowMs < 0.001
}
