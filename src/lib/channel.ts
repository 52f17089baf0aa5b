import { onAbort } from './on-abort.ts'

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

type Ending = { readonly kind: 'closed' } | { readonly kind: 'failed'; readonly error: unknown }

export function createChannel<T>(capacity: number, signal?: AbortSignal): Channel<T> {
  let buffer: T[] = []
  let ending: Ending | undefined
  let wake: (() => void) | undefined
  const rouse = () => {
    wake?.()
    wake = undefined
  }
  const end = (how: Ending) => {
    ending ??= how
    watched?.[Symbol.dispose]()
    rouse()
  }
  const watched = signal && onAbort(signal, () => end({ kind: 'closed' }))
  if (signal?.aborted) ending = { kind: 'closed' }

  const awake = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })
  const takeAll = () => {
    const batch = buffer
    buffer = []
    return batch
  }

  async function* drain(): AsyncGenerator<T> {
    try {
      for (;;) {
        yield* takeAll()
        if (buffer.length > 0) continue
        if (ending?.kind === 'failed') throw ending.error
        if (ending) return
        await awake()
      }
    } finally {
      end({ kind: 'closed' })
    }
  }

  return {
    push(item) {
      if (ending || buffer.length >= capacity) return false
      buffer.push(item)
      rouse()
      return true
    },
    close: () => end({ kind: 'closed' }),
    fail: (error) => end({ kind: 'failed', error }),
    get length() {
      return buffer.length
    },
    [Symbol.asyncIterator]: drain,
  }
}
