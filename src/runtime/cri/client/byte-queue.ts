/** Bytes between a source that can be paused and one reader. */
export interface ByteQueue extends AsyncIterable<Uint8Array> {
  push(bytes: Uint8Array): void
  /** Ends after what is buffered; with an error, by throwing it. Only the first ending counts. */
  end(error?: unknown): void
}

/** The source is paused above this, so a slow reader costs no memory. */
const highWaterBytes = 256 * 1024

export function createByteQueue(source: { pause(): void; resume(): void }): ByteQueue {
  const chunks: Uint8Array[] = []
  let size = 0
  let ended: { readonly error: unknown } | undefined
  let wake: (() => void) | undefined
  const rouse = () => {
    wake?.()
    wake = undefined
  }

  const awake = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })
  const took = (bytes: number) => {
    if (size >= highWaterBytes && size - bytes < highWaterBytes) source.resume()
    size -= bytes
  }

  async function* drain(): AsyncGenerator<Uint8Array> {
    for (;;) {
      for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
        took(chunk.length)
        yield chunk
      }
      if (ended?.error !== undefined) throw ended.error
      if (ended) return
      await awake()
    }
  }

  return {
    push(bytes) {
      if (ended || bytes.length === 0) return
      chunks.push(bytes)
      if (size < highWaterBytes && size + bytes.length >= highWaterBytes) source.pause()
      size += bytes.length
      rouse()
    },
    end(error) {
      ended ??= { error }
      rouse()
    },
    [Symbol.asyncIterator]: drain,
  }
}
