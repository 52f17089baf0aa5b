import type { ByteStream } from '#lib'
import { RuntimeError } from '../../model/error.ts'
import { createByteQueue } from './byte-queue.ts'
import { type ChannelSocket, channelSink, openChannelSocket } from './channel-socket.ts'

const channels = { data: 0, error: 1 } as const

/** One connection to a port of a sandbox over the runtime's streaming server. */
export async function openPortSession(
  url: string,
  port: number,
  signal: AbortSignal,
): Promise<ByteStream> {
  let socket: ChannelSocket | undefined
  const output = createByteQueue({ pause: () => socket?.pause(), resume: () => socket?.resume() })
  const greeted = new Set<number>()
  const message = (channel: number, bytes: Uint8Array) => {
    // Each channel begins by repeating the port number in two bytes.
    if (!greeted.has(channel)) greeted.add(channel)
    else if (channel === channels.data) output.push(bytes)
    else if (channel === channels.error && bytes.length > 0) {
      output.end(new RuntimeError('unknown', Buffer.from(bytes).toString()))
    }
  }
  const closed = (error: unknown) => output.end(error)
  const open = await openChannelSocket(`${url}?port=${port}`, { message, closed }, signal)
  socket = open
  return { input: channelSink(open, channels.data), output, close: () => open.close() }
}
