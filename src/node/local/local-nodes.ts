import { nodes } from '#api'
import type { Client } from '#client'
import { nameServersOf } from '#dns/process'
import type { Clock, Logger } from '#lib'
import {
  ensureNamespaceNodes,
  namespaceGateway,
  namespaceGateways,
  namespaceNetworks,
  removeNamespaceNodes,
} from '#network'
import type { RegistryMirror } from '#runtime'
import { type LocalNode, type LocalNodeOptions, openLocalNode } from './local-node.ts'
import { type ForwardedMirrors, forwardLoopbackMirrors } from './loopback-mirrors.ts'
import { machineAddresses, machineName } from './machine.ts'
import type { MachineOptions } from './machine-options.ts'
import {
  linkPrefix,
  nodeName,
  nodeNetwork,
  nodeNetwork6,
  planNode,
  podNetworks,
} from './node-plan.ts'
import { type Registries, readRegistriesFile } from './registries-file.ts'
import { parseRegistryMirror } from './registry-mirror.ts'

export interface LocalNodesOptions {
  readonly cluster: MachineOptions
  /** Knows which networks the nodes have already. */
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
}

/** The nodes of this machine, as many as were asked for: itself, and network namespaces. */
export async function openLocalNodes(
  options: LocalNodesOptions,
  signal: AbortSignal,
): Promise<AsyncDisposable & { readonly nodes: readonly LocalNode[] }> {
  await using opened = new AsyncDisposableStack()
  const sites = await prepareSites(options, opened, signal)
  const all = await Promise.all(sites.map((site) => openLocalNode(site, signal)))
  for (const node of all) opened.use(node)
  const kept = opened.move()
  return { nodes: all, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** The names of the nodes of this machine. */
function localNodeNames({ nodes: count }: MachineOptions): readonly string[] {
  const machine = machineName()
  return Array.from({ length: count }, (_, index) => nodeName(machine, index))
}

/** Makes the namespaces, and says what each node is to be opened with. */
async function prepareSites(
  { cluster, client, clock, log }: LocalNodesOptions,
  opened: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<readonly LocalNodeOptions[]> {
  const { dataDir } = cluster
  const machine = machineName()
  const names = localNodeNames(cluster)
  const networks = cluster.podCidr.split(',')
  const isDual = networks.some((cidr) => cidr.includes(':'))
  const [own = [], ...others] = podNetworks(networks, names, await heldNetworks(client))
  const registries = configuredRegistries(cluster)
  const nameServers = nameServersOf({ dataDir, nodes: names, clock, log })
  const shared = { cluster, nameServers, clock, log }
  const first = {
    ...shared,
    plan: planNode(dataDir, machine, 0),
    podCidrs: own,
    ips: machineAddresses(isDual ? ['IPv4', 'IPv6'] : ['IPv4']),
    registries,
  }
  if (others.length === 0) {
    await removeNamespaceNodes(linkPrefix(dataDir), signal)
    return [{ ...first, masqueradeFrom: networks }]
  }
  const network = nodeNetwork(dataDir)
  const prefix = linkPrefix(dataDir)
  const network6 = isDual ? nodeNetwork6(dataDir) : undefined
  const between = { network, ...(network6 === undefined ? {} : { network6 }) }
  const spaces = await ensureNamespaceNodes({ prefix, podCidrs: others, ...between }, signal)
  const gateway = namespaceGateway(network)
  const forwarded: ForwardedMirrors = await forwardLoopbackMirrors(registries, gateway)
  opened.use(forwarded)
  return [
    // What the other nodes send away leaves through this one.
    { ...first, masqueradeFrom: [...networks, ...namespaceNetworks(between)] },
    ...spaces.map((node, index) => ({
      ...shared,
      plan: planNode(dataDir, machine, index + 1),
      podCidrs: node.podCidrs,
      ips: node.ips,
      registries: forwarded.registries,
      masqueradeFrom: networks,
      namespace: { node, gateways: namespaceGateways(between) },
    })),
  ]
}

async function heldNetworks(client: Client): Promise<ReadonlyMap<string, readonly string[]>> {
  const { items } = await client.list(nodes)
  return new Map(
    items.flatMap(({ metadata, spec }) =>
      spec?.podCIDRs?.length ? [[metadata.name, spec.podCIDRs]] : [],
    ),
  )
}

/** The file's, but for registries that an option names a mirror of. */
function configuredRegistries({ registriesFile, registryMirrors }: MachineOptions): Registries {
  const none: Registries = { mirrors: [], access: [] }
  const file = registriesFile === undefined ? none : readRegistriesFile(registriesFile)
  const named = new Map<string, RegistryMirror>()
  for (const { registry, mirror } of registryMirrors.map(parseRegistryMirror)) {
    const endpoints = [...(named.get(registry)?.endpoints ?? []), mirror]
    named.set(registry, { registry, endpoints, fallback: true })
  }
  const others = file.mirrors.filter(({ registry }) => !named.has(registry))
  return { mirrors: [...named.values(), ...others], access: file.access }
}
