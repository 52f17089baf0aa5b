import type { NameServer } from '#dns'
import type { NameServers } from '#dns/process'
import { type Host, linuxHost } from '#host'
import type { Clock, Logger } from '#lib'
import { enforcingNetwork, type NamespaceNode, type Network } from '#network'
import type { Runtime } from '#runtime'
import type { NodeMachine } from '../faults/node-handle.ts'
import { connectEngine, containerdOptions, type NodeEngine, startEngine } from './engine.ts'
import type { MachineOptions } from './machine-options.ts'
import { namespaceMachine, steadyMachine } from './namespace-machine.ts'
import { clusterId, type NodePlan, nodeTableOf } from './node-plan.ts'
import type { Registries } from './registries-file.ts'

/** The seams of one node of this machine. */
export interface LocalNode extends AsyncDisposable {
  readonly name: string
  readonly ips: readonly string[]
  /** Its part of each of the pods' networks. */
  readonly podCidrs: readonly string[]
  readonly runtime: Runtime
  readonly network: Network
  readonly host: Host
  readonly machine: NodeMachine
  /** Keeps the container engine running until `signal` aborts. */
  supervise(signal: AbortSignal): Promise<void>
}

export interface LocalNodeOptions {
  readonly cluster: MachineOptions
  readonly plan: NodePlan
  readonly podCidrs: readonly string[]
  readonly ips: readonly string[]
  /** As this node reaches them. */
  readonly registries: Registries
  /** Networks whose pods leave this node under its own address. */
  readonly masqueradeFrom: readonly string[]
  readonly nameServers: NameServers
  /** Absent for the machine itself. */
  readonly namespace?: { readonly node: NamespaceNode; readonly gateways: readonly string[] }
  readonly clock: Clock
  readonly log: Logger
}

/** A node: its containers, its nftables, its files. */
export async function openLocalNode(
  options: LocalNodeOptions,
  signal: AbortSignal,
): Promise<LocalNode> {
  const { plan, ips, podCidrs, namespace, clock } = options
  const engine = await openEngine(options, signal)
  const host = await linuxHost({
    root: plan.root,
    logs: plan.logs,
    cgroupRoot: plan.cgroupRoot,
    hostname: plan.name,
    addresses: ips,
    clock,
  })
  const network = await openNetwork(options, signal)
  return {
    name: plan.name,
    ips,
    podCidrs,
    runtime: engine.runtime,
    network,
    host,
    machine: withNames(
      namespace
        ? namespaceMachine(namespace.node, namespace.gateways, engine, signal)
        : steadyMachine,
      network.nameServer,
    ),
    supervise: engine.supervise,
    async [Symbol.asyncDispose]() {
      await engine.runtime[Symbol.asyncDispose]()
      await host[Symbol.asyncDispose]()
    },
  }
}

/** A machine whose name server faults can be done to as well. */
function withNames(machine: NodeMachine, nameServer: NameServer | undefined): NodeMachine {
  if (nameServer === undefined) return machine
  return {
    ...machine,
    supports: [...machine.supports, 'dnsDown', 'dnsDelayMs'],
    async become(condition) {
      nameServer.disturb({ down: condition.dnsDown, delayMs: condition.dnsDelayMs })
      await machine.become(condition)
    },
  }
}

/** A private containerd, or whatever speaks the CRI at the endpoint that was named. */
function openEngine(options: LocalNodeOptions, signal: AbortSignal): Promise<NodeEngine> {
  const { cluster, plan, podCidrs, registries, ips, clock, log } = options
  const { containerRuntimeEndpoint: endpoint } = cluster
  if (endpoint !== undefined) return connectEngine(endpoint, clock)
  const site = {
    plan,
    podCidrs,
    registries,
    ip: ips[0] ?? '',
    clock,
    log: log.with({ node: plan.name }),
  }
  return startEngine(containerdOptions(site), signal)
}

/** What answers the cluster's names on this node, unless the cluster leaves that to others. */
async function openNames({ cluster, plan, nameServers }: LocalNodeOptions, signal: AbortSignal) {
  const { clusterDomain: domain, dns } = cluster
  if (!dns.isOwn) return undefined
  const netns = plan.netns === undefined ? {} : { netns: plan.netns }
  const site = { node: plan.name, ...netns, domain, servers: dns.addresses }
  return nameServers.open(site, signal)
}

async function openNetwork(options: LocalNodeOptions, signal: AbortSignal): Promise<Network> {
  const { cluster, plan, masqueradeFrom, namespace, clock, log } = options
  const nameServer = await openNames(options, signal)
  return enforcingNetwork(
    {
      dns: { domain: cluster.clusterDomain, addresses: cluster.dns.addresses },
      ...(nameServer ? { nameServer } : {}),
      table: nodeTableOf(cluster.dataDir),
      ...(plan.netns === undefined ? {} : { netns: plan.netns }),
      podCidrs: cluster.podCidr.split(','),
      masqueradeFrom,
      localhostNodePorts: true,
      // The kubelet of a node in a namespace asks from outside of it.
      nodeSources: namespace?.gateways ?? [],
      clock,
      log: log.with({ component: 'network', cluster: clusterId(cluster.dataDir), node: plan.name }),
    },
    signal,
  )
}
