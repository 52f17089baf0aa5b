/**
 * A process that is nothing but one node: it reaches its cluster over HTTPS with client certificates.
 * Its parent says by IPC how, and asks it for logs as a kubelet's port would be asked.
 */
import { createHttpsTransport } from '#client'
import { aborted, messageOf, seededRandom, silentLogger, systemClock } from '#lib'
import type { ContainerAddress, LogOptions, NodeApi } from '#machinery'
import type { NodeRegistration } from '#node'
import { createFabric, createImageWorld } from '#sim'
import type { KeyPair } from '../pki/certificates.ts'
import { createSimNode } from './sim-node.ts'

/** What the process is started with. */
export interface RemoteNodeOptions {
  readonly name: string
  readonly server: string
  readonly certificateAuthority: string
  readonly kubelet: KeyPair
  readonly proxy: KeyPair
}

export type ToRemoteNode =
  | { readonly kind: 'start'; readonly options: RemoteNodeOptions }
  | {
      readonly kind: 'logs'
      readonly id: number
      readonly address: ContainerAddress
      readonly options: LogOptions
    }

export type FromRemoteNode =
  | { readonly kind: 'logs'; readonly id: number; readonly text: string }
  | { readonly kind: 'failed'; readonly message: string }

const stop = new AbortController()
let api: NodeApi | undefined

process.on('message', (message: ToRemoteNode) => {
  const done = message.kind === 'start' ? run(message.options) : sendLogs(message)
  done.catch((error) => send({ kind: 'failed', message: messageOf(error) }))
})
process.once('disconnect', () => stop.abort())

async function run(options: RemoteNodeOptions): Promise<void> {
  using kubelet = transportOf(options, options.kubelet)
  using proxy = transportOf(options, options.proxy)
  const register = (name: string): NodeRegistration => ({
    name,
    kubelet: { transport: kubelet },
    proxy: { transport: proxy },
    serve(own) {
      api = own
      return {
        [Symbol.dispose]() {
          api = undefined
        },
      }
    },
  })
  const node = createSimNode(
    {
      register,
      clock: systemClock,
      random: seededRandom(options.name),
      log: silentLogger,
      fabric: createFabric(),
      images: createImageWorld({ clock: systemClock }),
      behaviours: undefined,
      clusterDomain: 'cluster.local',
      families: ['IPv4'],
      dns: { addresses: [], isOwn: false },
    },
    { name: options.name },
    1,
  )
  await Promise.race([node.run(stop.signal), aborted(stop.signal)])
}

function transportOf({ server, certificateAuthority }: RemoteNodeOptions, pair: KeyPair) {
  return createHttpsTransport({
    server,
    certificateAuthority,
    clientCertificate: pair.certificate,
    clientKey: pair.key,
  })
}

async function sendLogs({ id, address, options }: ToRemoteNode & { kind: 'logs' }): Promise<void> {
  if (!api) throw new Error('the kubelet is not there yet')
  const chunks = await Array.fromAsync(api.logs(address, options, stop.signal))
  send({ kind: 'logs', id, text: Buffer.concat(chunks).toString() })
}

function send(message: FromRemoteNode): void {
  process.send?.(message)
}
