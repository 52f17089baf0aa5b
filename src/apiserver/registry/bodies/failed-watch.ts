import { messageOf } from '#lib'
import { encodedFrom, type KubeObject, type WatchFrame } from '#machinery'
import { internalError, StatusError } from '#machinery/status'
import type { RequestScope } from '../../request/resource-request.ts'

/** The frame by which a watch tells why it ends (upstream: `watch.Error` with a Status). */
export function errorFrame({ status }: StatusError): WatchFrame {
  return { type: 'ERROR', object: encodedFrom(status as unknown as KubeObject) }
}

/**
 * The frames of a watch, whose failure is its last frame: the answer has begun, so that nothing else
 * could tell the client, which would wait for ever.
 */
export async function* endedByFailure(
  { world, request }: Pick<RequestScope, 'world' | 'request'>,
  frames: AsyncIterable<WatchFrame>,
): AsyncGenerator<WatchFrame> {
  try {
    yield* frames
  } catch (error) {
    if (error instanceof StatusError) yield errorFrame(error)
    else {
      world.log.error('a watch failed', { path: request.path, error: messageOf(error) })
      yield errorFrame(internalError(messageOf(error), error))
    }
  }
}
