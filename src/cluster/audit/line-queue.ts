import type { AuditSink } from '#apiserver'
import { type Logger, messageOf } from '#lib'
import type { AuditMode } from './options.ts'
import type { RotatingFile } from './rotating-file.ts'

/** How a queue behaves, and whom it tells of what is lost. */
export interface LineQueueOptions {
  readonly mode: AuditMode
  readonly log: Logger
  /** Lines that wait at most in batch mode; default: upstream's 10000. */
  readonly maxLines?: number
}

interface Waiting {
  readonly bytes: Uint8Array
  readonly taken: ((isKept: boolean) => void) | undefined
}

const defaultMaxLines = 10_000
/** Bodies may be large: so many bytes wait at most in batch mode. */
const maxBytes = 64 * 1024 * 1024
/** What is written by one call. */
const pieceBytes = 256 * 1024

/** Lines on their way to a file; disposed of when all are written. */
export interface LineQueue extends AuditSink, AsyncDisposable {}

/**
 * Queues lines in front of a file. In batch mode nobody waits, and what comes to a full queue is lost; in
 * blocking mode whoever writes waits for the file, so that their number bounds the queue. Only
 * `blocking-strict` says that a line could not be written.
 */
export function openLineQueue(
  file: Pick<RotatingFile, 'append' | 'room'>,
  { mode, log, maxLines = defaultMaxLines }: LineQueueOptions,
): LineQueue {
  let waiting: Waiting[] = []
  let waitingBytes = 0
  let lost = 0
  let writing: Promise<void> | undefined
  const fail = (error: unknown, lines: number) =>
    log.error('audit events are lost', { lines, error: messageOf(error) })
  const writeNext = async () => {
    const { piece, bytes } = nextPiece(waiting, file.room)
    waiting = waiting.slice(piece.length)
    waitingBytes -= bytes.length
    let isKept = true
    try {
      await file.append(bytes)
    } catch (error) {
      isKept = mode !== 'blocking-strict'
      fail(error, piece.length)
    }
    for (const { taken } of piece) taken?.(isKept)
    if (lost > 0) fail(new Error('audit buffer queue blocked'), lost)
    lost = 0
  }
  const writeAll = async () => {
    while (waiting.length > 0) await writeNext()
    writing = undefined
  }
  const push = (line: Waiting) => {
    waiting.push(line)
    waitingBytes += line.bytes.length
    writing ??= writeAll()
  }
  return {
    write(line) {
      const bytes = Buffer.from(line)
      if (mode !== 'batch') {
        return new Promise((taken) => push({ bytes, taken }))
      }
      if (waiting.length >= maxLines || waitingBytes + bytes.length > maxBytes) lost++
      else push({ bytes, taken: undefined })
      return true
    },
    async [Symbol.asyncDispose]() {
      await writing
    },
  }
}

/** As many lines as one file takes and one call writes; one at least. */
function nextPiece(
  waiting: readonly Waiting[],
  room: number,
): { readonly piece: readonly Waiting[]; readonly bytes: Uint8Array } {
  let length = waiting[0]?.bytes.length ?? 0
  let count = 1
  for (; count < waiting.length; count++) {
    const next = waiting[count]?.bytes.length ?? 0
    if (length + next > Math.min(room, pieceBytes)) break
    length += next
  }
  const piece = waiting.slice(0, count)
  return { piece, bytes: Buffer.concat(piece.map(({ bytes }) => bytes)) }
}
