import { KnarrError } from '../base/errors.ts'

/**
 * Notices work that never lets an instant end: loops of turns or of timers without delay. Counting
 * is free; who asks for the turns is looked up only for the last of them. A chain of promises that
 * takes no turn cannot be noticed: it never gives the clock a chance to count.
 */
export interface LiveLockWatch {
  /** Counts one turn or timer that ran at `nowMs`. Throws `VirtualTimeStandsStill` past the limit. */
  count(nowMs: number): void
  /** Called by whatever asks for a turn or a timer, to be named if it asks too often. */
  note(): void
}

/** How many of the last requests before the limit are traced to their origin. */
const traced = 1000

export function watchForLiveLock(limit: number): LiveLockWatch {
  const origins = new Map<string, number>()
  const traceFrom = limit - Math.min(traced, limit / 2)
  let instantMs = -1
  let counted = 0
  return {
    count(nowMs) {
      if (nowMs !== instantMs) {
        instantMs = nowMs
        counted = 0
        if (origins.size > 0) origins.clear()
      }
      if (++counted <= limit) return
      counted = 0
      throw standsStill(nowMs, limit, origins)
    },
    note() {
      if (counted < traceFrom) return
      const origin = callerOutsideClock()
      origins.set(origin, (origins.get(origin) ?? 0) + 1)
    },
  }
}

function standsStill(nowMs: number, limit: number, origins: ReadonlyMap<string, number>): Error {
  const [busiest] = [...origins].toSorted(([, a], [, b]) => b - a)
  const [origin = 'unknown', times = 0] = busiest ?? []
  return new KnarrError(
    'VirtualTimeStandsStill',
    `${limit} turns and timers ran at ${nowMs} ms without an end; busiest: ${origin}`,
    { hint: `It asked for ${times} of the last turns and timers. A loop there has no delay.` },
  )
}

/** The first frame that is neither a clock's nor Node's, as `function (file:line:column)`. */
function callerOutsideClock(): string {
  const { stack = '' } = new Error()
  const frames = stack.split('\n').slice(1)
  const outside = frames.find((frame) => !clockFrame.test(frame))
  return outside?.trim().replace(/^at /, '') ?? 'unknown'
}

const clockFrame = /\/lib\/clock\/[a-z-]+\.[jt]s|\bnode:|at new Promise \(<anonymous>\)/
