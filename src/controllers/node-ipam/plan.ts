import { memoized } from '#lib'
import { addressNumber, addressText, type IpNetwork, parseCidr } from '#machinery/validation'

/** Bits of the prefix of a node's part (upstream: --node-cidr-mask-size-ipv4 and -ipv6). */
const nodeMaskSizes = { 4: 24, 6: 64 } as const

/** Upstream counts no more parts of a network of IPv6 than so many bits can tell apart. */
const mostIpv6PartBits = 16

/**
 * The first part of each of the pods' networks that no node has (upstream: the range allocator);
 * undefined when all of one are taken. Parts in use may overlap several of ours when they are larger.
 * Throws a RangeError where a network cannot be parted among nodes.
 */
export function nextCidrs(
  clusterCidrs: readonly string[],
  used: readonly string[],
): readonly string[] | undefined {
  const parts = clusterCidrs.flatMap((cidr) => partedNetwork(cidr).next(used) ?? [])
  return parts.length === clusterCidrs.length ? parts : undefined
}

/** Throws a RangeError where a network of pods cannot be parted among nodes. */
export function requireParts(clusterCidr: string): void {
  partedNetwork(clusterCidr)
}

interface PartedNetwork {
  next(used: readonly string[]): string | undefined
}

/** Parts by their numbers, from the first to the last that something overlaps. */
interface Parts {
  readonly first: number
  readonly last: number
}

/** What is known of a network serves every node that comes. */
const partedNetwork = memoized(readNetwork, 10)

function readNetwork(clusterCidr: string): PartedNetwork {
  const network = parseCidr(clusterCidr)
  const maskSize = nodeMaskSizes[network?.address.family ?? 4]
  const partBits = maskSize - (network?.prefixLength ?? 0)
  const isParted = partBits >= 0 && (maskSize === nodeMaskSizes[4] || partBits <= mostIpv6PartBits)
  if (!network || !isParted) {
    throw new RangeError(`${clusterCidr} is not a network that has room for nodes' /${maskSize}`)
  }
  const count = 2 ** partBits
  const { length } = network.address.bytes
  const hostBits = BigInt(length * 8 - maskSize)
  const base = firstOf(network)
  // Nodes' parts are read again for each that comes.
  const partsOf = memoized((text: string): Parts | 'elsewhere' => {
    const range = parseCidr(text)
    if (range?.address.family !== network.address.family) return 'elsewhere'
    const first = (firstOf(range) - base) >> hostBits
    const last = (firstOf(range) + sizeOf(range) - 1n - base) >> hostBits
    if (last < 0n || first >= BigInt(count)) return 'elsewhere'
    return { first: first < 0n ? 0 : Number(first), last: Math.min(count - 1, Number(last)) }
  }, 10_000)
  return {
    next: (used) => {
      const taken = used.map(partsOf).filter((parts) => parts !== 'elsewhere')
      // Nearly all are parts as we give them: thousands of those are told apart by their number.
      const single = new Set(taken.flatMap(({ first, last }) => (first === last ? [first] : [])))
      const others = taken.filter(({ first, last }) => first !== last)
      for (let at = 0; at < count; at += 1) {
        if (single.has(at) || others.some(({ first, last }) => first <= at && at <= last)) continue
        return `${addressText(base + (BigInt(at) << hostBits), length)}/${maskSize}`
      }
      return undefined
    },
  }
}

const sizeOf = ({ address, prefixLength }: IpNetwork): bigint =>
  1n << BigInt(address.bytes.length * 8 - prefixLength)

function firstOf(network: IpNetwork): bigint {
  const number = addressNumber(network.address.bytes)
  return number - (number % sizeOf(network))
}
