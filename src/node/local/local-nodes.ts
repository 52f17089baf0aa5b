import { nodes } from '#api'
import type { Client } from '#client'
import { nameServersOf } from '#dns/process'
import type { Clock, Logger } from '#lib'
import { ensureNamespaceNodes, namespaceGateway, removeNamespaceNodes } from '#network'
import type { RegistryMirror } from '#runtime'
import { type LocalNode, type LocalNodeOptions, openLocalNode } from './local-node.ts'
import { type ForwardedMirrors, forwardLoopbackMirrors } from './loopback-mirrors.ts'
import { machineAddresses, machineName } from './machine.ts'
import type { MachineOptions } from './machine-options.ts'
import { linkPrefix, nodeName, nodeNetwork, planNode, podNetworks } from './node-plan.ts'
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
  const [own = '', ...others] = podNetworks(cluster.podCidr, names, await heldNetworks(client))
  const registries = configuredRegistries(cluster)
  const nameServers = nameServersOf({ dataDir, nodes: names, clock, log })
  const shared = { cluster, nameServers, clock, log }
  const first = {
    ...shared,
    plan: planNode(dataDir, machine, 0),
    podCidr: own,
    ips: machineAddresses(),
    registries,
  }
  if (others.length === 0) {
    await removeNamespaceNodes(linkPrefix(dataDir), signal)
    return [{ ...first, masqueradeFrom: [cluster.podCidr] }]
  }
  const network = nodeNetwork(dataDir)
  const prefix = linkPrefix(dataDir)
  const spaces = await ensureNamespaceNodes({ prefix, podCidrs: others, network }, signal)
  const gateway = namespaceGateway(network)
  const forwarded: ForwardedMirrors = await forwardLoopbackMirrors(registries, gateway)
  opened.use(forwarded)
  return [
    // What the other nodes send away leaves through this one.
    { ...first, masqueradeFrom: [cluster.podCidr, `${network}.0/24`] },
    ...spaces.map((node, index) => ({
      ...shared,
      plan: planNode(dataDir, machine, index + 1),
      podCidr: node.podCidr,
      ips: [node.ip],
      registries: forwarded.registries,
      masqueradeFrom: [cluster.podCidr],
      namespace: { node, gateway },
    })),
  ]
}

async function heldNetworks(client: Client): Promise<ReadonlyMap<string, string>> {
  const { items } = await client.list(nodes)
  return new Map(
    items.flatMap(({ metadata, spec }) => (spec?.podCIDR ? [[metadata.name, spec.podCIDR]] : [])),
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
