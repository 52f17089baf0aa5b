import { type Host, linuxHost } from '#host'
import type { Clock, Logger } from '#lib'
import { type Network, nftablesNetwork } from '#network'
import { loadRealRuntime, type Runtime } from '#runtime'
import { machineAddresses } from '../machine.ts'
import type { NodeMachine } from '../nodes/node-handle.ts'
import type { ClusterOptions } from '../options.ts'
import { parseRegistryMirror } from '../options.ts'
import { clusterId, clusterPaths } from './paths.ts'

/** The seams of one node of this machine. */
export interface LocalNode extends AsyncDisposable {
  readonly name: string
  readonly ips: readonly string[]
  readonly runtime: Runtime
  readonly network: Network
  readonly host: Host
  readonly machine: NodeMachine
  /** Keeps the container engine running until `signal` aborts. */
  supervise(signal: AbortSignal): Promise<void>
}

export interface LocalNodeOptions {
  readonly cluster: ClusterOptions
  readonly name: string
  readonly podCidr: string
  readonly clock: Clock
  readonly log: Logger
}

/** The machine itself as a node: its containers, its nftables, its files. */
export async function openLocalNode(
  options: LocalNodeOptions,
  signal: AbortSignal,
): Promise<LocalNode> {
  const { cluster, name, clock, log } = options
  const id = clusterId(cluster.dataDir)
  const paths = clusterPaths(cluster.dataDir).node(name)
  const ips = machineAddresses()
  const engine = await openEngine(options, signal)
  const host = await linuxHost({
    root: paths.root,
    logs: paths.logs,
    cgroupRoot: cgroupRootOf(cluster.dataDir),
    hostname: name,
    addresses: ips,
    clock,
  })
  const network = await nftablesNetwork(
    {
      dns: { domain: cluster.clusterDomain, addresses: [] },
      table: tableOf(cluster.dataDir),
      podCidrs: [cluster.podCidr],
      localhostNodePorts: true,
      clock,
      log: log.with({ component: 'network', cluster: id }),
    },
    signal,
  )
  return {
    name,
    ips,
    runtime: engine.runtime,
    network,
    host,
    machine: steadyMachine,
    supervise: engine.supervise,
    async [Symbol.asyncDispose]() {
      await engine.runtime[Symbol.asyncDispose]()
      await host[Symbol.asyncDispose]()
    },
  }
}

/** This machine is not ours to break: all that faults do is keep its kubelet from acting. */
const steadyMachine: NodeMachine = {
  supports: [],
  become: async () => undefined,
  crash: async () => undefined,
  boot: async () => undefined,
  outOfMemory: () => false,
}

interface Engine {
  readonly runtime: Runtime
  supervise(signal: AbortSignal): Promise<void>
}

/** A private containerd, or whatever speaks the CRI at the endpoint that was named. */
async function openEngine(options: LocalNodeOptions, signal: AbortSignal): Promise<Engine> {
  const { cluster, clock, log } = options
  const real = await loadRealRuntime()
  const { containerRuntimeEndpoint: endpoint } = cluster
  if (endpoint !== undefined) {
    return { runtime: real.createCriRuntime({ endpoint, clock }), supervise: async () => undefined }
  }
  const containerd = containerdOptions(options)
  let daemon = await real.startContainerd(containerd, signal)
  return {
    runtime: daemon.connect(),
    async supervise(running) {
      while (!running.aborted) {
        await daemon.gone(running).catch(() => undefined)
        if (running.aborted) return
        log.warn('containerd is gone; it is started again')
        daemon = await real.startContainerd(containerd, running)
      }
    },
  }
}

/** What the private containerd of a node is started with; the same again to stop it. */
export function containerdOptions({ cluster, name, podCidr, clock, log }: LocalNodeOptions) {
  return {
    dataDir: clusterPaths(cluster.dataDir).node(name).runtime,
    network: { podCidrs: [podCidr], bridge: `knarr-${clusterId(cluster.dataDir)}` },
    mirrors: cluster.registryMirrors.map(parseRegistryMirror).map(({ registry, mirror }) => ({
      registry,
      endpoints: [mirror],
      fallback: true,
    })),
    clock,
    log,
  }
}

export function cgroupRootOf(dataDir: string): string {
  return `/knarr-${clusterId(dataDir)}`
}

export function tableOf(dataDir: string): string {
  return `knarr-${clusterId(dataDir)}`
}
