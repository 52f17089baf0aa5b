import { KnarrError } from '#lib'
import { addressNumber, addressText, parseCidr, parseIp } from '#machinery/validation'

/** A range of addresses of one family, as numbers, both ends included. */
export interface AddressRange {
  readonly family: 4 | 6
  readonly first: bigint
  readonly last: bigint
}

/**
 * Reads `192.0.2.10`, `192.0.2.10-192.0.2.20` or `192.0.2.0/28`, or the same of IPv6.
 * @throws KnarrError `BadPool`
 */
export function parseAddressRange(text: string): AddressRange {
  const range = readCidr(text) ?? readEnds(text)
  if (range && range.first <= range.last) return range
  throw new KnarrError('BadPool', `no addresses that a load balancer could give: ${text}`, {
    hint: 'Write it as 192.0.2.10-192.0.2.20, as 192.0.2.0/28 or as 2001:db8::/120.',
  })
}

function readCidr(text: string): AddressRange | undefined {
  const network = parseCidr(text)
  if (!network) return undefined
  const { family, bytes } = network.address
  const hostBits = BigInt(bytes.length * 8 - network.prefixLength)
  const first = (addressNumber(bytes) >> hostBits) << hostBits
  return { family, first, last: first + (1n << hostBits) - 1n }
}

function readEnds(text: string): AddressRange | undefined {
  const [from = '', to = from, ...rest] = text.split('-')
  const [first, last] = [parseIp(from), parseIp(to)]
  if (rest.length > 0 || !first || first.family !== last?.family) return undefined
  const { family } = first
  return { family, first: addressNumber(first.bytes), last: addressNumber(last.bytes) }
}

/** Whether two ranges have an address in common. */
export function overlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last
}

/** Whether an address is one of the pool's. */
export function isInPool(pool: readonly AddressRange[], ip: string): boolean {
  const address = parseIp(ip)
  if (!address) return false
  const number = addressNumber(address.bytes)
  return pool.some(
    ({ family, first, last }) => family === address.family && first <= number && number <= last,
  )
}

/** The first address of the pool that nobody has; undefined when all are taken. */
export function firstFree(
  pool: readonly AddressRange[],
  taken: ReadonlySet<string>,
): string | undefined {
  for (const { family, first, last } of pool) {
    // Of more addresses than are taken one is free, so that the search ends.
    for (let address = first; address <= last; address += 1n) {
      const ip = addressText(address, family === 4 ? 4 : 16)
      if (!taken.has(ip)) return ip
    }
  }
  return undefined
}
