import type { WebSocket } from 'ws'
import type { Connection } from '../../request/connection.ts'
import { runCommand } from './command.ts'
import { failureText, statusJson } from './command-status.ts'
import { openChannels } from './web-socket-channels.ts'

/** Protocols of exec and attach over WebSocket, the best first; one who offers none speaks the oldest. */
export const webSocketCommandProtocols: readonly string[] = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
  '',
]

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const

type Command = Extract<Connection, { readonly kind: 'command' }>

/** Exec or attach over WebSocket channels. */
export async function serveWebSocketCommand(
  socket: WebSocket,
  { session, options }: Command,
  protocol: string,
): Promise<void> {
  const open = openChannels(socket, { inputs: [channels.stdin, channels.resize], protocol })
  const stdout = options.stdout ? open.output(channels.stdout) : undefined
  const stderr = options.stderr ? open.output(channels.stderr) : undefined
  const error = open.output(channels.error)
  // An empty message tells clients that wait for the first one that the command runs.
  await (stdout ?? stderr ?? error).write(new Uint8Array())
  await runCommand(
    session,
    {
      error,
      ...(options.stdin && { stdin: open.input(channels.stdin) }),
      ...(stdout && { stdout }),
      ...(stderr && { stderr }),
      ...(options.tty && { resizes: open.input(channels.resize) }),
    },
    options.command,
    /^v[45]\./.test(protocol) ? statusJson : failureText,
  )
  open.close()
}
