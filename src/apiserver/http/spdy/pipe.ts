import { Readable } from 'node:stream'
import type { ByteSink } from '#lib'

/** Bytes from one who writes to one who reads, with so much between them before the writer waits. */
export interface Pipe extends ByteSink {
  readonly output: AsyncIterable<Uint8Array>
}

const waitingBytes = 256 * 1024

/** When the reader leaves, what is still written goes nowhere. */
export function createPipe(): Pipe {
  let release: (() => void) | undefined
  let ended = false
  const rouse = () => {
    release?.()
    release = undefined
  }
  const readable = new Readable({ highWaterMark: waitingBytes, read: rouse })
  readable.on('close', rouse)
  return {
    output: readable,
    write: (bytes) => {
      if (ended || readable.destroyed || readable.push(bytes)) return Promise.resolve()
      return new Promise((resolve) => {
        release = resolve
      })
    },
    end() {
      if (ended) return
      ended = true
      readable.push(null)
    },
  }
}
