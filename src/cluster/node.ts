import type { Host } from '#host'
import { createKubelet, type KubeletConfig, kubeletDefaults } from '#kubelet'
import type { Clock, Logger, Random } from '#lib'
import type { Network } from '#network'
import { runProxy } from '#proxy'
import type { Runtime } from '#runtime'
import { authenticated, type ControlPlane } from './control-plane.ts'

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
}

/** Runs the kubelet and the service proxy of one node until `signal` aborts. */
export async function runNode(
  plane: ControlPlane,
  options: NodeOptions,
  signal: AbortSignal,
): Promise<void> {
  const { name, clock, random, runtime, network, host } = options
  const log = options.log.with({ node: name })
  const client = plane.clientFor(authenticated(`system:node:${name}`, 'system:nodes'), 'kubelet')
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
  plane.connectNode(name, kubelet.api)
  const proxyClient = plane.clientFor(authenticated('system:kube-proxy'), 'kube-proxy')
  const proxyInformers = plane.informersFor(proxyClient)
  const proxy = runProxy({ nodeName: name, informers: proxyInformers, clock, log, network }, signal)
  await Promise.all([informers.run(signal), proxyInformers.run(signal), kubelet.run(signal), proxy])
}
