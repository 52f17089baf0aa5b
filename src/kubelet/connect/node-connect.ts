import type { ByteStream } from '#lib'
import { serviceUnavailable } from '#machinery/status'
import type { KubeletWorld } from '../model/world.ts'

/** How long a connection on a user's behalf may take to open. */
const connectTimeoutMs = 30_000

/** Opens a connection from this node. @throws StatusError 503 that says as Go does why not. */
export async function connectFrom(
  { network }: Pick<KubeletWorld, 'network'>,
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<ByteStream> {
  const outcome = await network.dial.connect({ ...target, timeoutMs: connectTimeoutMs }, signal)
  if (outcome.kind === 'failed') {
    throw serviceUnavailable(`error trying to reach service: ${outcome.message}`)
  }
  const { connection } = outcome
  return {
    input: {
      write: (bytes) => connection.write(bytes, signal),
      end: () => ignoringFailure(connection.end()),
    },
    output: connection.incoming,
    ...(connection.withoutTls && { withoutTls: true }),
    close: () => ignoringFailure(connection[Symbol.asyncDispose]()),
  }
}

/** Who closes a connection that is broken already has what they want. */
function ignoringFailure(closing: PromiseLike<void>): void {
  closing.then(undefined, () => {})
}
