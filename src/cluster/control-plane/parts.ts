import { type AddressRange, overlap, parseAddressRange } from '#controllers'
import { KnarrError } from '#lib'
import { addressIn, type NetworkOptions, readNetworks } from './networks.ts'

/** A part that a cluster can do without. */
export type ClusterPart = 'dns'

/** Every part that a cluster can do without, for `--disable`. */
export const clusterParts: readonly ClusterPart[] = ['dns']

/** The tenth address of the Service network is that of its DNS, as in clusters of kubeadm. */
const dnsNumber = 10

/** What decides where a cluster's names are asked for, and who answers. */
interface DnsOptions {
  readonly serviceCidr: string
  readonly disable?: readonly ClusterPart[]
}

/** Where pods of a cluster ask for names, whoever answers there. @throws KnarrError */
export function dnsOf({ serviceCidr, disable = [] }: DnsOptions): {
  readonly addresses: readonly string[]
  /** Whether the nodes answer, or leave that to another DNS. */
  readonly isOwn: boolean
} {
  const isOwn = !disable.includes('dns')
  // As in clusters of kubeadm it has an address of the default family alone.
  const [cidr = ''] = serviceCidr.split(',')
  const address = addressIn(cidr, dnsNumber)
  if (address !== undefined) return { addresses: [address], isOwn }
  if (!isOwn) return { addresses: [], isOwn }
  throw new KnarrError('ServiceCidrTooSmall', `${serviceCidr} has no tenth address for the DNS`, {
    hint: 'Choose a larger network with --service-cidr, or do without with --disable dns.',
  })
}

/** The addresses that Services of type LoadBalancer may get. @throws KnarrError where they are others' */
export function balancerPool({
  loadBalancerPool = [],
  ...options
}: NetworkOptions & {
  readonly loadBalancerPool?: readonly string[]
}): readonly AddressRange[] {
  const pool = loadBalancerPool.map(parseAddressRange)
  const { services, pods } = readNetworks(options)
  const networks = [
    ...services.map((cidr) => ['--service-cidr', cidr] as const),
    ...pods.map((cidr) => ['--pod-cidr', cidr] as const),
  ]
  for (const [index, range] of pool.entries()) {
    const text = loadBalancerPool[index] ?? ''
    for (const [option, cidr] of networks) {
      if (!overlap(range, parseAddressRange(cidr))) continue
      throw new KnarrError('PoolOverlaps', `${text} overlaps ${option} ${cidr}`, {
        hint: 'Choose addresses with --load-balancer-pool that nothing else has.',
      })
    }
    const earlier = pool.findIndex((other, at) => at < index && overlap(range, other))
    if (earlier >= 0) {
      throw new KnarrError('PoolOverlaps', `${text} overlaps ${loadBalancerPool[earlier]}`)
    }
  }
  return pool
}
