import type { FilesystemUsage, NodeFacts } from '#host'
import {
  formatQuantity,
  parseQuantity,
  quantityOf,
  quantityValue,
  subtractQuantities,
  tryParseQuantity,
} from '#machinery/quantity'
import type { KubeletConfig } from '../model/config.ts'

export interface NodeResources {
  readonly capacity: Readonly<Record<string, string>>
  readonly allocatable: Readonly<Record<string, string>>
}

/** What the node has, and what is left of it for pods (upstream: capacity minus reservations). */
export function machineResources(
  facts: NodeFacts,
  nodeFs: FilesystemUsage,
  config: KubeletConfig,
): NodeResources {
  const kib = (bytes: number) => `${Math.floor(bytes / 1024)}Ki`
  const hugePages = Object.entries(facts.hugePages).map(([size, bytes]) => [
    `hugepages-${formatQuantity(quantityOf(Number(size), 'BinarySI'))}`,
    formatQuantity(quantityOf(bytes, 'BinarySI')),
  ])
  const capacity: Record<string, string> = {
    cpu: String(facts.cpus),
    'ephemeral-storage': kib(nodeFs.capacityBytes),
    ...Object.fromEntries(hugePages),
    memory: kib(facts.memoryBytes),
    pods: String(config.maxPods),
  }
  const allocatable = { ...capacity }
  const hugeBytes = Object.values(facts.hugePages).reduce((sum, bytes) => sum + bytes, 0)
  reduce(allocatable, 'memory', String(hugeBytes))
  for (const [name, amount] of Object.entries(config.reserved)) reduce(allocatable, name, amount)
  reduce(allocatable, 'memory', threshold(config, 'memory.available', facts.memoryBytes))
  const diskKept = threshold(config, 'nodefs.available', nodeFs.capacityBytes)
  const bytes = quantityValue(parseQuantity(capacity['ephemeral-storage'] ?? '0'))
  allocatable['ephemeral-storage'] = String(
    Math.max(0, bytes - quantityValue(parseQuantity(diskKept))),
  )
  return { capacity, allocatable }
}

/** The same by the disk's size, which seldom is another one than at the last look. */
export function createNodeResources(
  facts: NodeFacts,
  config: KubeletConfig,
): (nodeFs: FilesystemUsage) => NodeResources {
  let known: { readonly capacityBytes: number; readonly resources: NodeResources } | undefined
  return (nodeFs) => {
    const { capacityBytes } = nodeFs
    if (known?.capacityBytes !== capacityBytes) {
      known = { capacityBytes, resources: machineResources(facts, nodeFs, config) }
    }
    return known.resources
  }
}

function reduce(resources: Record<string, string>, name: string, by: string): void {
  const held = tryParseQuantity(resources[name] ?? '')
  const amount = tryParseQuantity(by)
  if (held && amount) resources[name] = formatQuantity(subtractQuantities(held, amount))
}

/** A hard eviction threshold as an amount: pods must not be promised what would evict them. */
function threshold({ evictionHard }: KubeletConfig, signal: string, total: number): string {
  const value = evictionHard[signal]
  if (value === undefined) return '0'
  if (!value.endsWith('%')) return value
  return String(Math.floor((total * Number(value.slice(0, -1))) / 100))
}
