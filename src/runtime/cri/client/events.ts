import type { ContainerEvent } from '../../model/container.ts'
import { RuntimeError } from '../../model/error.ts'
import type { CriConnection } from './connection.ts'
import { eventFromWire } from './from-wire.ts'

/**
 * The runtime's events, where it has the method (containerd from 1.7). A broken connection ends them
 * like a runtime that has none: callers list anyway, and ask again later.
 */
export async function* criEvents(
  connection: CriConnection,
  signal: AbortSignal,
): AsyncGenerator<ContainerEvent> {
  try {
    for await (const event of connection.stream('GetContainerEvents', {}, signal)) {
      yield eventFromWire(event)
    }
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error
  }
}
