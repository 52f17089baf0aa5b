import type { Clock } from '#lib'
import { aged, keepSeconds } from './ttls.ts'

/** Answers of others, each for as long as its records allow. */
export interface AnswerCache {
  /** The answer with the time gone by taken off its records; undefined when there is none any more. */
  get(key: string): Buffer | undefined
  put(key: string, answer: Buffer): void
  readonly size: number
  readonly bytes: number
}

/** Bounds of what is kept. */
export interface CacheLimits {
  readonly answers: number
  readonly bytes: number
}

/** Bounds of the answers that one name server keeps. */
export const cacheLimits: CacheLimits = { answers: 10_000, bytes: 8 * 1024 * 1024 }

interface Kept {
  readonly answer: Buffer
  readonly atMs: number
  readonly untilMs: number
  readonly bytes: number
}

/** What an answer costs besides its bytes, about. */
const overheadBytes = 200

/** Makes an empty cache. Where it is full, the answer that was used least lately goes first. */
export function createAnswerCache(
  clock: Pick<Clock, 'monotonicMs'>,
  limits: CacheLimits = cacheLimits,
): AnswerCache {
  const kept = new Map<string, Kept>()
  let bytes = 0
  const drop = (key: string) => {
    const old = kept.get(key)
    if (!old) return
    bytes -= old.bytes
    kept.delete(key)
  }
  return {
    get size() {
      return kept.size
    },
    get bytes() {
      return bytes
    },
    get: (key) => {
      const found = kept.get(key)
      if (found === undefined) return undefined
      const nowMs = clock.monotonicMs()
      if (nowMs >= found.untilMs) {
        drop(key)
        return undefined
      }
      kept.delete(key)
      kept.set(key, found)
      return aged(found.answer, Math.floor((nowMs - found.atMs) / 1000))
    },
    put: (key, answer) => {
      const seconds = keepSeconds(answer)
      drop(key)
      if (seconds === 0) return
      const atMs = clock.monotonicMs()
      const size = answer.length + 2 * key.length + overheadBytes
      kept.set(key, { answer, atMs, untilMs: atMs + seconds * 1000, bytes: size })
      bytes += size
      for (const oldest of kept.keys()) {
        if (kept.size <= limits.answers && bytes <= limits.bytes) break
        drop(oldest)
      }
    },
  }
}
