import type { StreamSession } from '#lib'
import { RuntimeError } from '../../model/error.ts'
import { createByteQueue } from './byte-queue.ts'
import { type ChannelSocket, channelSink, openChannelSocket } from './channel-socket.ts'

const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4 } as const

export interface CommandSessionOptions {
  readonly url: string
  readonly stdin: boolean
  /** The end of the input closes the connection, which has no other use. */
  readonly endsByClosing?: boolean
  /** What `done` resolves with when the connection ends without a word; absent: it rejects. */
  readonly exitCodeOnClose?: number
}

/** The session of an exec or attach over the runtime's streaming server. */
export async function openCommandSession(
  options: CommandSessionOptions,
  signal: AbortSignal,
): Promise<StreamSession> {
  let socket: ChannelSocket | undefined
  const source = { pause: () => socket?.pause(), resume: () => socket?.resume() }
  const stdout = createByteQueue(source)
  const stderr = createByteQueue(source)
  const ending = Promise.withResolvers<{ readonly exitCode: number }>()
  ending.promise.catch(() => undefined) // a caller may only look at the streams
  const message = (channel: number, bytes: Uint8Array) => {
    if (channel === channels.stdout) stdout.push(bytes)
    if (channel === channels.stderr) stderr.push(bytes)
    if (channel === channels.status) settle(bytes, ending)
  }
  const closed = (error: unknown) => {
    stdout.end(error)
    stderr.end(error)
    if (error !== undefined) ending.reject(error)
    if (options.exitCodeOnClose !== undefined) ending.resolve({ exitCode: options.exitCodeOnClose })
    ending.reject(new RuntimeError('unavailable', 'the stream ended without an exit status'))
  }
  const open = await openChannelSocket(options.url, { message, closed }, signal)
  socket = open
  return {
    ...(options.stdin
      ? { stdin: channelSink(open, channels.stdin, options.endsByClosing ? open.close : undefined) }
      : {}),
    stdout,
    stderr,
    resize: (columns, rows) => {
      const size = Buffer.from(JSON.stringify({ Width: columns, Height: rows }))
      open.send(channels.resize, size).catch(() => undefined) // the close is told by `done`
    },
    done: ending.promise,
  }
}

interface StatusMessage {
  readonly status?: string
  readonly reason?: string
  readonly message?: string
  readonly details?: { readonly causes?: readonly { reason?: string; message?: string }[] }
}

/** The last channel carries a `Status` object: success, an exit code, or why nothing ran. */
function settle(
  bytes: Uint8Array,
  ending: PromiseWithResolvers<{ readonly exitCode: number }>,
): void {
  const status = parse(bytes)
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')
  if (status.status === 'Success') {
    ending.resolve({ exitCode: 0 })
  } else if (status.reason === 'NonZeroExitCode' && cause) {
    ending.resolve({ exitCode: Number(cause.message) })
  } else {
    ending.reject(new RuntimeError('unknown', status.message ?? Buffer.from(bytes).toString()))
  }
}

function parse(bytes: Uint8Array): StatusMessage {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as StatusMessage
  } catch {
    return { message: Buffer.from(bytes).toString() }
  }
}
