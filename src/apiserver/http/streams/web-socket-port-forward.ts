import type { WebSocket } from 'ws'
import type { PortForwarding } from '../../request/connection.ts'
import { forwardConnection } from './port-forward.ts'
import { openChannels } from './web-socket-channels.ts'

/** Port-forward in channels: one connection for each port that the query names. */
export const webSocketPortForwardProtocols: readonly string[] = [
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  '',
]

/**
 * Channel 2n carries the data of the n-th port, channel 2n+1 its errors. Each begins with the port's
 * number, little-endian (upstream: kubelet's `portforward/websocket.go`).
 */
export async function serveWebSocketPortForward(
  socket: WebSocket,
  ports: PortForwarding,
  { protocol, signal }: { readonly protocol: string; readonly signal: AbortSignal },
): Promise<void> {
  const inputs = ports.requested.map((_, index) => 2 * index)
  const open = openChannels(socket, { inputs, protocol })
  await Promise.all(
    ports.requested.map(async (port, index) => {
      const output = open.output(2 * index)
      const error = open.output(2 * index + 1)
      const number = Buffer.alloc(2)
      number.writeUInt16LE(port)
      await output.write(number)
      await error.write(number)
      await forwardConnection(ports, { port, input: open.input(2 * index), output, error }, signal)
    }),
  )
  open.close()
}
