import type { Host } from '#host'
import { createKubelet, type KubeletConfig, kubeletDefaults } from '#kubelet'
import type { Clock, Logger, Random } from '#lib'
import type { UserInfo } from '#machinery'
import type { Network } from '#network'
import { runProxy } from '#proxy'
import type { Runtime } from '#runtime'
import { authenticated, type ControlPlane } from './control-plane.ts'
import type { NodeLink } from './nodes/node-link.ts'

/** What one node stands on: its seams, and who it is. */
export interface NodeOptions {
  readonly name: string
  readonly ips: readonly string[]
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

/** Runs the kubelet and the service proxy of one node until `signal` aborts. */
export async function runNode(
  plane: ControlPlane,
  options: NodeOptions,
  signal: AbortSignal,
): Promise<void> {
  const { name, clock, random, runtime, network, host, link } = options
  const log = options.log.with({ node: name })
  const clientFor = (user: UserInfo, userAgent: string) =>
    plane.clientFor(user, userAgent, link?.over)
  const client = clientFor(authenticated(`system:node:${name}`, 'system:nodes'), 'kubelet')
  const informers = plane.informersFor(client)
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
      events: plane.recorderFor(client, 'kubelet', name),
      runtime,
      network,
      host,
    },
    signal,
  )
  using _connected = plane.connectNode(name, kubelet.api, () => link?.reachesNode ?? true)
  const proxyClient = clientFor(authenticated('system:kube-proxy'), 'kube-proxy')
  const proxyInformers = plane.informersFor(proxyClient)
  const proxy = runProxy({ nodeName: name, informers: proxyInformers, clock, log, network }, signal)
  await Promise.all([informers.run(signal), proxyInformers.run(signal), kubelet.run(signal), proxy])
}
