import type { Clock } from '#lib'
import { badRequest, requestEntityTooLarge } from '#machinery/status'
import { tooManyRequests } from '../request/too-many-requests.ts'
import type { HttpRequest } from './api-request.ts'

/** Upstream's limit for the body of a request. */
export const maxBodyBytes = 3 * 1024 * 1024

/** The memory that bodies may take together, over all connections. */
export interface BodyMemory {
  /** A share that grows while a body is read, and is given back when it is disposed of. */
  share(): BodyShare
}

/** What one request's body takes of the memory. */
export interface BodyShare extends Disposable {
  /** Takes so many bytes more; false where there are none left. */
  take(bytes: number): boolean
}

/** Shares `limitBytes` among all bodies that are in memory at the same time. */
export function createBodyMemory(limitBytes: number): BodyMemory {
  let taken = 0
  return {
    share() {
      let own = 0
      return {
        take(bytes) {
          if (taken + bytes > limitBytes) return false
          taken += bytes
          own += bytes
          return true
        },
        [Symbol.dispose]() {
          taken -= own
          own = 0
        },
      }
    },
  }
}

/**
 * Reads the whole body; undefined for an empty one.
 * @throws StatusError 413 once it is longer than allowed, 429 when there is no memory for it, 400
 *   when the client leaves before its end.
 */
export async function readBody(
  request: HttpRequest,
  limitBytes: number,
  share: BodyShare,
): Promise<Uint8Array | undefined> {
  const tooLarge = () => requestEntityTooLarge(`limit is ${limitBytes}`)
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge()
  const parts: Buffer[] = []
  let length = 0
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const take = (part: Buffer) => {
    length += part.length
    if (length > limitBytes) return reject(tooLarge())
    if (!share.take(part.length)) return reject(tooManyRequests())
    parts.push(part)
  }
  const leave = () => reject(badRequest('unexpected EOF'))
  request.on('data', take).on('end', resolve).on('error', leave).on('close', leave)
  if (request.readableEnded || request.destroyed) leave()
  try {
    await promise
  } finally {
    // Leaving early must not destroy the connection: the refusal still has to reach the client.
    request.off('data', take).off('end', resolve).off('error', leave).off('close', leave)
  }
  return length === 0 ? undefined : Buffer.concat(parts, length)
}

/** A body up to this length is read to its end, so that the connection can serve on (as Go does). */
const drainedBytes = 256 * 1024

/** What a known client may send of a refused body until it is cut off, if it does not read the answer. */
const discardedBytes = 16 * 1024 * 1024

/** Whether so little is left of a body that the connection may carry the next request. */
export function isShortBody({ headers, complete }: HttpRequest): boolean {
  if (complete) return true
  return Number(headers['content-length'] ?? Number.POSITIVE_INFINITY) <= drainedBytes
}

/** How what is left of a body is got rid of. */
export interface Discarding {
  readonly clock: Clock
  /** How long it may go on. */
  readonly lingerMs: number
  /** Whether the client has shown who it is: for others there is less patience. */
  readonly isKnown: boolean
}

/**
 * Reads what is left of a body into nothing, so that its sender comes to read the answer. One that
 * does not end in time, or sends on and on, is cut off.
 */
export function discardBody(request: HttpRequest, { clock, lingerMs, isKnown }: Discarding): void {
  if (request.complete || request.destroyed) return
  let left = isKnown ? discardedBytes : drainedBytes
  const cutOff = () => {
    if ('stream' in request) request.stream.close()
    else request.socket.destroy()
  }
  const timer = clock.timer(lingerMs, cutOff)
  const stop = () => timer[Symbol.dispose]()
  request.on('end', stop).on('close', stop)
  request.on('data', (part: Buffer) => {
    left -= part.length
    if (left < 0) cutOff()
  })
  request.resume()
}
