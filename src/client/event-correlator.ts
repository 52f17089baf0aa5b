import type { Clock } from '#lib'
import type { EventInput } from './recorder.ts'

/** What the correlator decided about one event. */
export type Correlated =
  | { readonly kind: 'drop' }
  | { readonly kind: 'create'; readonly key: string; readonly message: string }
  /** The same event again: its count goes up. `name` is that of the first. */
  | {
      readonly kind: 'count'
      readonly key: string
      readonly name: string
      readonly message: string
      readonly count: number
    }

/**
 * An event correlator counts similar Events together and holds back floods (upstream: client-go's
 * EventCorrelator).
 */
export interface EventCorrelator {
  /**
   * `about` identifies the object (kind, namespace, name, uid). The part of it that the event is
   * about tells counted events apart, but not similar ones, nor does it get tokens of its own.
   */
  correlate(about: string, event: EventInput): Correlated
  /** Tells under which name the event of `key` was stored. */
  remember(key: string, name: string): void
}

/** client-go's EventCorrelator defaults. */
const limits = {
  /** Similar events (all but the message) beyond this many are told as one. */
  similar: 10,
  similarWindowMs: 600_000,
  /** Token bucket per source and object. */
  burst: 25,
  refillMs: 300_000,
  /** Entries kept, oldest forgotten first. */
  cache: 4096,
}

interface Seen {
  count: number
  name: string | undefined
}

interface Similar {
  readonly messages: Set<string>
  sinceMs: number
}

interface Bucket {
  tokens: number
  atMs: number
}

/** One per source component, as in client-go: spam filter, aggregation, then counting. */
export function createEventCorrelator(clock: Clock): EventCorrelator {
  const buckets = new Map<string, Bucket>()
  const similars = new Map<string, Similar>()
  const seen = new Map<string, Seen>()

  const hasToken = (about: string) => {
    const nowMs = clock.monotonicMs()
    const bucket = touch(buckets, about, () => ({ tokens: limits.burst, atMs: nowMs }))
    const refilled = bucket.tokens + (nowMs - bucket.atMs) / limits.refillMs
    bucket.tokens = Math.min(limits.burst, refilled)
    bucket.atMs = nowMs
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }
  const isFlood = (similarKey: string, message: string) => {
    const nowMs = clock.monotonicMs()
    const similar = touch(similars, similarKey, () => ({ messages: new Set(), sinceMs: nowMs }))
    if (nowMs - similar.sinceMs > limits.similarWindowMs) similar.messages.clear()
    similar.sinceMs = nowMs
    similar.messages.add(message)
    if (similar.messages.size < limits.similar) return false
    // Those that were told each by itself before go on to be.
    const [oldest] = similar.messages
    similar.messages.delete(oldest as string)
    return true
  }

  return {
    correlate(about, event) {
      const similarKey = JSON.stringify([about, event.type, event.reason])
      const flood = isFlood(similarKey, event.message)
      const message = flood ? `(combined from similar events): ${event.message}` : event.message
      const { type, reason, fieldPath } = event
      const key = flood ? similarKey : JSON.stringify([about, type, reason, fieldPath, message])
      const entry = touch<Seen>(seen, key, () => ({ count: 0, name: undefined }))
      entry.count++
      if (!hasToken(about)) return { kind: 'drop' }
      if (entry.name === undefined) return { kind: 'create', key, message }
      return { kind: 'count', key, name: entry.name, message, count: entry.count }
    },
    remember(key, name) {
      const entry = seen.get(key)
      if (entry) entry.name = name
    },
  }
}

/** Gets or makes an entry, moves it to the young end, and forgets the oldest beyond the limit. */
function touch<T>(map: Map<string, T>, key: string, make: () => T): T {
  const entry = map.get(key) ?? make()
  map.delete(key)
  map.set(key, entry)
  if (map.size > limits.cache) {
    const [oldest] = map.keys()
    if (oldest !== undefined) map.delete(oldest)
  }
  return entry
}
