import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { KnarrError } from '#lib'
import { addressNumber, addressText, parseCidr } from '#machinery/validation'
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

/** The same of IPv6: unique local addresses (RFC 4193) whose global identifier is that of knarr and the cluster. */
export function nodeNetwork6(dataDir: string): string {
  const id = clusterId(dataDir)
  return `fd6b:${id.slice(0, 2)}6e:${id.slice(2)}:1`
}

/** Bits of the prefix of a node's part (upstream: --node-cidr-mask-size-ipv4 and -ipv6). */
const partSizes = { 4: 24, 6: 64 } as const

/**
 * A part of each of the pods' networks for every node: what a node has already it keeps, the others get
 * the first that are free (as the node IPAM controller would give them). Throws when there is no room.
 */
export function podNetworks(
  podCidrs: readonly string[],
  names: readonly string[],
  held: ReadonlyMap<string, readonly string[]>,
): readonly (readonly string[])[] {
  const byFamily = podCidrs.map((cidr) => partsFor(cidr, names, held))
  return names.map((_, index) => byFamily.map((parts) => parts[index] ?? ''))
}

function partsFor(
  podCidr: string,
  names: readonly string[],
  held: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const network = parseCidr(podCidr)
  const isV6 = podCidr.includes(':')
  const ownOf = (name: string) => held.get(name)?.find((cidr) => cidr.includes(':') === isV6)
  const size = partSizes[isV6 ? 6 : 4]
  const partBits = size - (network?.prefixLength ?? 0)
  if (!network || (partBits < 0 && names.length > 1)) throw noRoom(podCidr, names.length)
  if (partBits < 0) return [ownOf(names[0] ?? '') ?? podCidr]
  const { bytes } = network.address
  const hostBits = BigInt(bytes.length * 8 - network.prefixLength)
  const first = (addressNumber(bytes) >> hostBits) << hostBits
  const partAt = (index: number) => {
    const step = BigInt(bytes.length * 8 - size)
    return `${addressText(first + (BigInt(index) << step), bytes.length)}/${size}`
  }
  const taken = new Set([...held.values()].flat())
  const count = 2 ** partBits
  let next = 0
  return names.map((name) => {
    const own = ownOf(name)
    if (own !== undefined) return own
    while (next < count && taken.has(partAt(next))) next++
    if (next >= count) throw noRoom(podCidr, names.length)
    return partAt(next++)
  })
}

function noRoom(podCidr: string, count: number): KnarrError {
  return new KnarrError('PodCidrTooSmall', `${podCidr} has no room for ${count} nodes`, {
    hint: 'Every node takes a /24, and of IPv6 a /64: choose a larger network with --pod-cidr.',
  })
}
