/**
 * Test fixture: runs inside a network namespace, started with an IPC channel. It serves TCP and UDP
 * on request, answering with its name and the client's address, and opens connections on request.
 */
import { createSocket } from 'node:dgram'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'

export type AgentRequest =
  | { readonly id: number; readonly kind: 'serve'; readonly name: string; readonly port: number }
  | { readonly id: number; readonly kind: 'ask'; readonly host: string; readonly port: number }
  | {
      readonly id: number
      readonly kind: 'askUdp'
      readonly host: string
      readonly port: number
      /** Sends from this port, so that conntrack sees one flow. */
      readonly from: number
    }

/** `text` is `NAME CLIENT`, or `refused`, or `timeout`. */
export interface AgentReply {
  readonly id: number
  readonly text: string
}

const patienceMs = 700

function ask(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    let text = ''
    const end = (result: string) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => end('timeout'), patienceMs)
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('end', () => end(text))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ECONNREFUSED' ? 'refused' : String(error.code)),
    )
  })
}

function askUdp(host: string, port: number, from: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const end = (result: string) => {
      clearTimeout(timer)
      socket.close(() => resolve(result))
    }
    const timer = setTimeout(() => end('timeout'), patienceMs)
    socket.on('message', (message) => end(String(message)))
    socket.on('error', () => end('refused'))
    socket.bind(from, () => socket.connect(port, host, () => socket.send('?')))
  })
}

/** A socket of IPv6 hears both families, where the kernel has both. */
const isIPv6On = () => existsSync('/proc/net/if_inet6')

async function serve(name: string, port: number): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(`${name} ${socket.remoteAddress?.replace('::ffff:', '')}`)
  })
  const udp = createSocket({ type: isIPv6On() ? 'udp6' : 'udp4' })
  udp.on('message', (_message, client) =>
    udp.send(`${name} ${client.address.replace('::ffff:', '')}`, client.port, client.address),
  )
  await new Promise<void>((resolve) => udp.bind(port, resolve))
  await new Promise<void>((resolve) => server.listen(port, resolve))
  return 'serving'
}

function handle(request: AgentRequest): Promise<string> {
  switch (request.kind) {
    case 'serve':
      return serve(request.name, request.port)
    case 'ask':
      return ask(request.host, request.port)
    case 'askUdp':
      return askUdp(request.host, request.port, request.from)
  }
}

process.on('message', async (request: AgentRequest) => {
  process.send?.({ id: request.id, text: await handle(request) } satisfies AgentReply)
})
process.on('disconnect', () => process.exit(0))
