import { type ByteSink, type ByteStream, messageOf } from '#lib'
import type { PortForwarding } from '../../request/connection.ts'

/** One forwarded connection as its client sees it: the data both ways, and a stream for what fails. */
export interface ForwardedConnection {
  readonly port: number
  readonly input: AsyncIterable<Uint8Array>
  readonly output: ByteSink
  readonly error: ByteSink
}

/** Joins a client's connection to the pod's port until both directions have ended. */
export async function forwardConnection(
  ports: PortForwarding,
  connection: ForwardedConnection,
  signal: AbortSignal,
): Promise<void> {
  const { port, output, error } = connection
  let stream: ByteStream | undefined
  try {
    stream = await ports.open(port, signal)
    await exchange(stream, connection)
  } catch (cause) {
    const { name, uid } = ports.pod
    const text = `error forwarding port ${port} to pod ${name}, uid ${uid}: ${messageOf(cause)}`
    await error.write(Buffer.from(text))
  } finally {
    stream?.close()
    output.end()
    error.end()
  }
}

/** Ends with the pod's side: a client that has nothing more to say may still be waiting for answers. */
async function exchange(stream: ByteStream, { input, output }: ForwardedConnection): Promise<void> {
  const upload = async () => {
    for await (const chunk of input) await stream.input.write(chunk)
    stream.input.end()
  }
  // What breaks the upload closes the pod's side too, and shows there.
  upload().catch(() => stream.close())
  for await (const chunk of stream.output) await output.write(chunk)
}
