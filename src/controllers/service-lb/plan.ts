import { isNodeReady, type LoadBalancerIngress, type Node, type Service } from '#api'
import { keyOf, type Stored } from '#machinery'
import { type AddressRange, firstFree, isInPool } from './pool.ts'

/** What decides the addresses of one balanced Service. */
export interface BalancerInputs {
  readonly service: Stored<Service>
  /** The other Services that are balanced, whose addresses are theirs. */
  readonly others: readonly Stored<Service>[]
  readonly nodes: readonly Stored<Node>[]
  /** Whether a node has a ready endpoint of the Service. */
  readonly hasEndpoint: (nodeName: string) => boolean
  readonly pool: readonly AddressRange[]
  /** TCP ports of nodes that no Service may have: the API server's own. */
  readonly reservedPorts: ReadonlySet<number>
}

/** The addresses that a Service gets, or why it gets none. */
export type BalancerPlan =
  | { readonly kind: 'addresses'; readonly ingress: readonly LoadBalancerIngress[] }
  | { readonly kind: 'refused'; readonly why: string }

/** Whether a Service waits for this cluster's own load balancer (upstream: wantsLoadBalancer). */
export function isBalanced({ spec }: Service): boolean {
  return spec?.type === 'LoadBalancer' && spec.loadBalancerClass === undefined
}

/** Gives a Service addresses of the pool, or without one those of the nodes. */
export function planBalancer(inputs: BalancerInputs): BalancerPlan {
  if (inputs.pool.length > 0) return fromPool(inputs)
  const ips = nodeAddresses(inputs)
  const conflict = conflictOf(inputs, new Set(ips))
  if (conflict !== undefined) return { kind: 'refused', why: conflict }
  return { kind: 'addresses', ingress: ips.map(asIngress) }
}

const asIngress = (ip: string): LoadBalancerIngress => ({ ip, ipMode: 'VIP' })

function addressesOf({ status }: Service): readonly string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
}

/** The families that a Service has addresses of, the one that it would have alone first. */
function familiesOf({ spec }: Service): readonly (4 | 6)[] {
  return (spec?.ipFamilies ?? ['IPv4']).map((family) => (family === 'IPv6' ? 6 : 4))
}

/** What it has it keeps; what it asks for it gets while that is free; an address for each family. */
function fromPool(inputs: BalancerInputs): BalancerPlan {
  const { service, others, pool } = inputs
  const taken = new Set(others.flatMap(addressesOf))
  const wanted = service.spec?.loadBalancerIP || undefined
  if (wanted !== undefined && !isInPool(pool, wanted)) {
    return { kind: 'refused', why: `${wanted} is not in the pool` }
  }
  if (wanted !== undefined && taken.has(wanted)) {
    return { kind: 'refused', why: `${wanted} belongs to another Service` }
  }
  // Whoever only would like a second family does without one that the pool has nothing of.
  const isContent = service.spec?.ipFamilyPolicy === 'PreferDualStack'
  const ips: string[] = []
  for (const family of familiesOf(service)) {
    const own = pool.filter((range) => range.family === family)
    const ip = addressOf(inputs, own, { wanted, taken })
    if (ip !== undefined) ips.push(ip)
    else if (own.length > 0 || !isContent) {
      return { kind: 'refused', why: 'no address of the pool is free' }
    }
  }
  if (ips.length === 0) return { kind: 'refused', why: 'no address of the pool is free' }
  return { kind: 'addresses', ingress: ips.map(asIngress) }
}

function addressOf(
  { service }: BalancerInputs,
  pool: readonly AddressRange[],
  { wanted, taken }: { readonly wanted: string | undefined; readonly taken: ReadonlySet<string> },
): string | undefined {
  if (wanted !== undefined && isInPool(pool, wanted)) return wanted
  const held = addressesOf(service).find((ip) => isInPool(pool, ip))
  return held !== undefined && !taken.has(held) ? held : firstFree(pool, taken)
}

/** A node that no balancer is to send traffic to (upstream: LabelNodeExcludeBalancers). */
const excludedLabel = 'node.kubernetes.io/exclude-from-external-load-balancers'

/** Under policy Local only nodes that have an endpoint would answer. */
function nodeAddresses({ service, nodes, hasEndpoint }: BalancerInputs): readonly string[] {
  const isLocal = service.spec?.externalTrafficPolicy === 'Local'
  return nodes
    .filter(({ metadata }) => metadata.labels?.[excludedLabel] === undefined)
    .filter((node) => isNodeReady(node) && !node.metadata.deletionTimestamp)
    .filter(({ metadata }) => !isLocal || hasEndpoint(metadata.name))
    .flatMap(({ status }) => {
      const all = status?.addresses ?? []
      return familiesOf(service).flatMap((family) => {
        const own = all.filter(({ address }) => address.includes(':') === (family === 6))
        const outer = own.find(({ type }) => type === 'ExternalIP')
        const inner = own.find(({ type }) => type === 'InternalIP')
        return (outer ?? inner)?.address ?? []
      })
    })
}

/** Services share the addresses of the nodes, but no port of them; who has it keeps it. */
function conflictOf(
  { service, others, reservedPorts }: BalancerInputs,
  ips: ReadonlySet<string>,
): string | undefined {
  for (const { protocol = 'TCP', port } of service.spec?.ports ?? []) {
    const where = `port ${port}/${protocol} of the nodes`
    if (protocol === 'TCP' && reservedPorts.has(port)) return `${where} is the API server's`
    const holder = others.find(
      (other) =>
        addressesOf(other).some((ip) => ips.has(ip)) &&
        (other.spec?.ports ?? []).some(
          (each) => each.port === port && (each.protocol ?? 'TCP') === protocol,
        ),
    )
    if (holder) return `${where} belongs to Service ${keyOf(holder)}`
  }
  return undefined
}
