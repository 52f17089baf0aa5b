import { createEventRecorder, createInformerFactory } from '#client'
import type { Host } from '#host'
import { createKubelet, type KubeletConfig, kubeletDefaults } from '#kubelet'
import type { Clock, Logger, Random } from '#lib'
import type { Network } from '#network'
import { runProxy } from '#proxy'
import type { Runtime } from '#runtime'
import type { NodeLink } from './faults/node-link.ts'
import { clientOf, type NodeRegistration } from './registration.ts'

/** Everything that one node is made of: who it is in its cluster, and the seams of its machine. */
export interface NodeOptions {
  readonly registration: NodeRegistration
  /** The addresses that the node reports, the first one as its InternalIP. */
  readonly ips: readonly string[]
  /** The kubelet's version, as the Node's status shows it: `v1.36.0`. */
  readonly version: string
  readonly config?: Partial<KubeletConfig>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly runtime: Runtime
  readonly network: Network
  readonly host: Host
  /** What stands between the node and the API server; absent: nothing. */
  readonly link?: NodeLink
}

/**
 * Runs the kubelet and the service proxy of one machine until `signal` aborts; its containers go on.
 * It reaches its cluster only through the transports of its registration, so that it runs in the API
 * server's process and on the other side of HTTPS alike. Rejects when the kubelet cannot start.
 */
export async function runNode(options: NodeOptions, signal: AbortSignal): Promise<void> {
  const { registration, clock, random, runtime, network, host, link } = options
  const { name } = registration
  const log = options.log.with({ node: name })
  const informersFor = (component: string, client: ReturnType<typeof clientOf>) =>
    createInformerFactory({ client, clock, random: random.fork(`informers/${component}`) })
  const client = clientOf(registration.kubelet, { userAgent: 'kubelet', link, signal })
  const informers = informersFor('kubelet', client)
  const kubelet = await createKubelet(
    {
      config: {
        ...kubeletDefaults,
        nodeName: name,
        nodeIps: options.ips,
        version: options.version,
        ...options.config,
      },
      client,
      informers,
      clock,
      random: random.fork(`kubelet/${name}`),
      log,
      events: createEventRecorder({
        client,
        clock,
        random: random.fork(`events/kubelet/${name}`),
        source: { component: 'kubelet', host: name },
        signal,
      }),
      runtime,
      network,
      host,
    },
    signal,
  )
  using _connected = registration.serve(kubelet.api, () => link?.reachesNode ?? true)
  const proxyClient = clientOf(registration.proxy, { userAgent: 'kube-proxy', link, signal })
  const proxyInformers = informersFor('kube-proxy', proxyClient)
  const proxy = runProxy({ nodeName: name, informers: proxyInformers, clock, log, network }, signal)
  await Promise.all([informers.run(signal), proxyInformers.run(signal), kubelet.run(signal), proxy])
}
