import { onAbort } from '../base/on-abort.ts'
import { over } from './iteration.ts'

/**
 * A bounded queue between one producer and one consumer. The producer never waits: when the buffer
 * is full, `push` refuses, and the producer decides what that means (usually: fail the consumer).
 */
export interface Channel<T> extends AsyncIterable<T> {
  /** False when the channel is full or closed; the item is then not taken. */
  push(item: T): boolean
  /** Ends the iteration after what is buffered. */
  close(): void
  /** Ends the iteration after what is buffered by throwing `error`. */
  fail(error: unknown): void
  readonly length: number
}

export interface ChannelOptions<T> {
  /** Closes the channel when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** What stands in it from the start, whatever its capacity. */
  readonly first?: readonly T[]
  /** Called once when it takes nothing more, whoever ended it: its reader, its writer or the signal. */
  readonly onEnd?: () => void
}

type Ending = { readonly kind: 'closed' } | { readonly kind: 'failed'; readonly error: unknown }

interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T>) => void
  readonly reject: (error: unknown) => void
}

/** Makes a channel that holds at most `capacity` items beside those that it begins with. */
export function createChannel<T>(
  capacity: number,
  { signal, first = [], onEnd }: ChannelOptions<T> = {},
): Channel<T> {
  /** What is being handed out, up to `at`, and what came since. */
  let batch = first
  let at = 0
  let buffer: T[] = []
  let ending: Ending | undefined
  /** More than one only when a consumer asks again without waiting. */
  let waiting: Waiter<T>[] = []

  const finish = (how: Ending) => {
    if (ending) return
    ending = how
    watched?.[Symbol.dispose]()
    onEnd?.()
    const left = waiting
    waiting = []
    for (const waiter of left) {
      if (ending.kind === 'failed') waiter.reject(takeError(ending))
      else waiter.resolve(over)
    }
  }
  const takeError = ({ error }: Extract<Ending, { kind: 'failed' }>) => {
    ending = closed
    return error
  }
  const watched = signal && onAbort(signal, () => finish(closed))
  if (signal?.aborted) finish(closed)

  const empty = () => {
    batch = []
    at = 0
  }
  const next = (): Promise<IteratorResult<T>> => {
    if (at === batch.length && buffer.length > 0) {
      batch = buffer
      at = 0
      buffer = []
    }
    if (at < batch.length) {
      const value = batch[at++] as T
      // Whoever waits for the next one must not keep all that went before.
      if (at === batch.length) empty()
      return Promise.resolve({ done: false, value })
    }
    if (ending?.kind === 'failed') return Promise.reject(takeError(ending))
    if (ending) return Promise.resolve(over)
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  }

  return {
    push(item) {
      if (ending || buffer.length >= capacity) return false
      const waiter = waiting.shift()
      if (waiter) waiter.resolve({ done: false, value: item })
      else buffer.push(item)
      return true
    },
    close: () => finish(closed),
    fail: (error) => finish({ kind: 'failed', error }),
    get length() {
      return buffer.length
    },
    [Symbol.asyncIterator]: () => ({
      next,
      return() {
        empty()
        buffer = []
        finish(closed)
        return Promise.resolve(over)
      },
    }),
  }
}

const closed: Ending = { kind: 'closed' }
