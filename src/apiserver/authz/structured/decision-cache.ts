import type { Clock } from '#lib'
import type { ReviewStatus } from './review-spec.ts'

/** What a webhook has answered to questions, each for as long as it holds. */
export interface DecisionCache {
  get(key: string): ReviewStatus | undefined
  set(key: string, status: ReviewStatus, forMs: number): void
}

const maxEntries = 8192

/** Those that were not asked for the longest time go first. */
export function createDecisionCache(clock: Pick<Clock, 'monotonicMs'>): DecisionCache {
  const entries = new Map<string, { readonly status: ReviewStatus; readonly untilMs: number }>()
  return {
    get(key) {
      const entry = entries.get(key)
      if (!entry) return undefined
      entries.delete(key)
      if (entry.untilMs <= clock.monotonicMs()) return undefined
      entries.set(key, entry)
      return entry.status
    },
    set(key, status, forMs) {
      if (forMs <= 0) return
      entries.delete(key)
      entries.set(key, { status, untilMs: clock.monotonicMs() + forMs })
      const [oldest] = entries.keys()
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest)
    },
  }
}
