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

/** What it has it keeps; what it asks for it gets while that is free. */
function fromPool({ service, others, pool }: BalancerInputs): BalancerPlan {
  const taken = new Set(others.flatMap(addressesOf))
  const wanted = service.spec?.loadBalancerIP || undefined
  if (wanted !== undefined && !isInPool(pool, wanted)) {
    return { kind: 'refused', why: `${wanted} is not in the pool` }
  }
  if (wanted !== undefined && taken.has(wanted)) {
    return { kind: 'refused', why: `${wanted} belongs to another Service` }
  }
  const [held] = addressesOf(service)
  const isKept = held !== undefined && isInPool(pool, held) && !taken.has(held)
  const ip = wanted ?? (isKept ? held : firstFree(pool, taken))
  if (ip === undefined) return { kind: 'refused', why: 'no address of the pool is free' }
  return { kind: 'addresses', ingress: [asIngress(ip)] }
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
      const outer = all.find(({ type }) => type === 'ExternalIP')
      const inner = all.find(({ type }) => type === 'InternalIP')
      return (outer ?? inner)?.address ?? []
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
