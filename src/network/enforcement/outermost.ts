import ipaddr from 'ipaddr.js'

/**
 * The networks of one family that none of the others contains, each once, in order: nft refuses sets
 * that overlap.
 */
export function outermostCidrs(cidrs: readonly string[]): readonly string[] {
  const found: Network[] = []
  for (const network of cidrs.map(read).sort(byPlace)) {
    const before = found.at(-1)
    // Whatever contains a network comes before it, and nothing that does not in between.
    if (before === undefined || !contains(before, network)) found.push(network)
  }
  return found.map(({ text }) => text)
}

interface Network {
  readonly text: string
  readonly bytes: readonly number[]
  readonly length: number
}

function read(text: string): Network {
  const [address, length] = ipaddr.parseCIDR(text)
  return { text, bytes: address.toByteArray(), length }
}

function byPlace(a: Network, b: Network): number {
  const at = a.bytes.findIndex((byte, index) => byte !== b.bytes[index])
  return at < 0 ? a.length - b.length : (a.bytes[at] ?? 0) - (b.bytes[at] ?? 0)
}

function contains(outer: Network, inner: Network): boolean {
  if (outer.length > inner.length) return false
  return outer.bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, outer.length - index * 8))
    const mask = (0xff << (8 - bits)) & 0xff
    return (byte & mask) === ((inner.bytes[index] ?? 0) & mask)
  })
}
