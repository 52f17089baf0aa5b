import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { KnarrError } from '#lib'
import { netnsPath } from '#network'

/** Where one node of this machine is: the names that it has where names are shared. */
export interface NodePlan {
  /** 0 is the machine itself; the others have network namespaces. */
  readonly index: number
  readonly name: string
  readonly netns: string | undefined
  /** The bridge of its pods; also names their network. */
  readonly bridge: string
  readonly cgroupRoot: string
  readonly root: string
  readonly logs: string
  readonly runtime: string
  /** Everything of the node is below it. */
  readonly directory: string
}

/** Node `index` of the cluster in `dataDir`; purely from both, so that a later process finds it. */
export function planNode(dataDir: string, machine: string, index: number): NodePlan {
  const id = clusterId(dataDir)
  const name = nodeName(machine, index)
  const directory = join(dataDir, 'nodes', name)
  const suffix = index === 0 ? '' : `-${index + 1}`
  return {
    index,
    name,
    netns: index === 0 ? undefined : netnsPath(`${linkPrefix(dataDir)}-n${index}`),
    bridge: `knarr-${id}${suffix}`,
    cgroupRoot: `/knarr-${id}${suffix}`,
    directory,
    root: join(directory, 'kubelet'),
    logs: join(directory, 'log'),
    runtime: directory,
  }
}

/**
 * A short name that tells clusters on one machine apart where names are shared: bridges, nftables
 * tables, cgroups.
 */
export function clusterId(dataDir: string): string {
  return createHash('sha256').update(dataDir).digest('hex').slice(0, 6)
}

/** `MACHINE`, `MACHINE-2`, `MACHINE-3`… */
export function nodeName(machine: string, index: number): string {
  return index === 0 ? machine : `${machine}-${index + 1}`
}

/** The number of a node of this machine, by its name; undefined for any other name. */
export function nodeIndex(machine: string, name: string): number | undefined {
  if (name === machine) return 0
  const number = Number(name.slice(machine.length + 1))
  const isOurs = number >= 2 && name === nodeName(machine, number - 1)
  return isOurs ? number - 1 : undefined
}

/** The nftables table of a cluster; one in each network namespace. */
export function nodeTableOf(dataDir: string): string {
  return `knarr-${clusterId(dataDir)}`
}

/** Begins the names of a cluster's namespaces and of the links between its nodes. */
export function linkPrefix(dataDir: string): string {
  return `kn${clusterId(dataDir)}`
}

/**
 * First three numbers of the network between the nodes, by the cluster's id: in 100.64.0.0/10, which
 * is set aside for networks inside a provider, and so seldom found on the networks of a machine.
 */
export function nodeNetwork(dataDir: string): string {
  const id = Number.parseInt(clusterId(dataDir), 16)
  return `100.${64 + ((id >> 8) & 63)}.${id & 255}`
}

/**
 * A part of the pods' network for every node: what a node has already it keeps, the others get the
 * first that are free (as the node IPAM controller would give them). Throws when there is no room.
 */
export function podNetworks(
  podCidr: string,
  names: readonly string[],
  held: ReadonlyMap<string, string>,
): readonly string[] {
  const [base = '', bits = ''] = podCidr.split('/')
  const [a = 0, b = 0, c = 0] = base.split('.').map(Number)
  if (Number(bits) > 24 && names.length === 1) return [held.get(names[0] ?? '') ?? podCidr]
  const count = 2 ** (24 - Number(bits))
  const first = a * 65_536 + b * 256 + c
  const partAt = (index: number) => {
    const part = first - (first % count) + index
    return `${part >> 16}.${(part >> 8) & 255}.${part & 255}.0/24`
  }
  const taken = new Set(held.values())
  let next = 0
  return names.map((name) => {
    const own = held.get(name)
    if (own !== undefined) return own
    while (next < count && taken.has(partAt(next))) next++
    if (next >= count) throw noRoom(podCidr, names.length)
    return partAt(next++)
  })
}

function noRoom(podCidr: string, count: number): KnarrError {
  return new KnarrError('PodCidrTooSmall', `${podCidr} has no room for ${count} nodes`, {
    hint: 'Every node takes a /24: choose a larger network with --pod-cidr.',
  })
}
