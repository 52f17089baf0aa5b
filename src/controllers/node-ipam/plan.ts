import { memoized } from '#lib'

/** Bits of the prefix of a node's part (upstream: --node-cidr-mask-size for IPv4). */
const nodeMaskSize = 24

/**
 * The first part of the pods' network that no node has (upstream: the range allocator);
 * undefined when all are taken. Parts in use may overlap several of ours when they are larger.
 * Throws a RangeError when the network is not an IPv4 prefix of at most `nodeMaskSize` bits.
 */
export function nextCidr(clusterCidr: string, used: readonly string[]): string | undefined {
  const network = parseCidr(clusterCidr)
  if (!network || network.bits > nodeMaskSize) {
    throw new RangeError(`${clusterCidr} is not an IPv4 network with room for /${nodeMaskSize}`)
  }
  const ranges = used.map(parseCidr).filter((cidr) => cidr !== undefined)
  // Nearly all are parts as we give them: thousands of those are told apart by their beginning.
  const parts = new Set(ranges.filter(isPart).map(({ first }) => first))
  const others = ranges.filter((range) => !isPart(range))
  const step = 2 ** (32 - nodeMaskSize)
  for (let at = network.first; at <= network.last; at += step) {
    const last = at + step - 1
    const isTaken = parts.has(at) || others.some((range) => range.first <= last && range.last >= at)
    if (!isTaken) return `${formatAddress(at)}/${nodeMaskSize}`
  }
  return undefined
}

function isPart({ bits }: Range): boolean {
  return bits === nodeMaskSize
}

interface Range {
  readonly first: number
  readonly last: number
  readonly bits: number
}

/** What nodes have is read again for each that comes. */
const parseCidr = memoized(readCidr, 10_000)

function readCidr(text: string): Range | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text)
  if (!match) return undefined
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number)
  if ([a, b, c, d].some((part) => part > 255) || bits > 32) return undefined
  const size = 2 ** (32 - bits)
  const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d
  const first = address - (address % size)
  return { first, last: first + size - 1, bits }
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}
