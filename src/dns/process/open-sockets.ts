import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { KnarrError } from '#lib'
import type { OpenSockets } from '../server/listener.ts'

/** A node's name server is reached at its loopback address only, by way of its Service. */
export const listenAddress = '127.0.0.1'

/** How often another port is tried where one is free for TCP but not for UDP. */
const mostTries = 20

/** Opens a port for both protocols, this one or any, in the network of this process or in a namespace. */
export async function openSockets(
  netns: string | undefined,
  port: number | undefined,
): Promise<OpenSockets & { readonly port: number }> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await (netns === undefined ? openHere(port ?? 0) : openInside(netns, port ?? 0))
    } catch (error) {
      if (port !== undefined || tries >= mostTries) throw error
    }
  }
}

async function openHere(wanted: number) {
  const tcp = createServer()
  tcp.listen(wanted, listenAddress)
  await once(tcp, 'listening')
  const address = tcp.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const udp = createSocket('udp4')
  udp.bind(port, listenAddress)
  try {
    await once(udp, 'listening')
  } catch (error) {
    tcp.close()
    throw error
  }
  return { tcp, udp, port }
}

/**
 * A process cannot change its network namespace once it has threads, but it may be handed sockets
 * from there: a child opens them inside, passes them over and ends.
 */
const helper = (port: number) => `
const fail = (e) => process.send({ failed: e.message }, () => process.exit(1))
const tcp = require('node:net').createServer().on('error', fail)
tcp.listen(${port}, '${listenAddress}', () => {
  const { port } = tcp.address()
  const udp = require('node:dgram').createSocket('udp4').on('error', fail)
  udp.bind(port, '${listenAddress}', () =>
    process.send({ udp: port }, udp, () => process.send({ tcp: port }, tcp)))
})
process.on('disconnect', () => process.exit())`

interface Handed {
  readonly failed?: string
  readonly udp?: number
  readonly tcp?: number
}

function openInside(netns: string, port: number) {
  const args = [`--net=${netns}`, process.execPath, '-e', helper(port)]
  const child = spawn('nsenter', args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  return handed(child).finally(() => {
    if (child.connected) child.disconnect()
  })
}

function handed(child: ChildProcess): Promise<OpenSockets & { readonly port: number }> {
  return new Promise((resolve, reject) => {
    const failed = (why: string) =>
      reject(new KnarrError('PortUnavailable', `listen for DNS: ${why}`))
    let udp: Socket | undefined
    child.once('error', (error) => failed(error.message))
    child.once('exit', () => failed('the helper ended'))
    child.on('message', (message: Handed, handle) => {
      if (message.failed !== undefined) return failed(message.failed)
      // Cast: the helper sends this kind of socket with these words.
      if (message.udp !== undefined) udp = handle as Socket
      if (message.tcp === undefined || udp === undefined) return
      // Cast: as above.
      resolve({ udp, tcp: handle as Server, port: message.tcp })
    })
  })
}
