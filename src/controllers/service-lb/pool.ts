import { isIPv4 } from 'node:net'
import { KnarrError } from '#lib'

/** A range of IPv4 addresses, as numbers, both ends included. */
export interface AddressRange {
  readonly first: number
  readonly last: number
}

/** Reads `192.0.2.10`, `192.0.2.10-192.0.2.20` or `192.0.2.0/28`. @throws KnarrError `BadPool` */
export function parseAddressRange(text: string): AddressRange {
  const range = readCidr(text) ?? readEnds(text)
  if (range && range.first <= range.last) return range
  throw new KnarrError('BadPool', `no addresses that a load balancer could give: ${text}`, {
    hint: 'Write it as 192.0.2.10-192.0.2.20 or as 192.0.2.0/28.',
  })
}

function readCidr(text: string): AddressRange | undefined {
  const [base = '', length, ...rest] = text.split('/')
  if (length === undefined || rest.length > 0 || !isIPv4(base)) return undefined
  const bits = /^\d{1,2}$/.test(length) ? Number(length) : 33
  if (bits > 32) return undefined
  const size = 2 ** (32 - bits)
  const first = Math.floor(toNumber(base) / size) * size
  return { first, last: first + size - 1 }
}

function readEnds(text: string): AddressRange | undefined {
  const [first = '', last = first, ...rest] = text.split('-')
  if (rest.length > 0 || !isIPv4(first) || !isIPv4(last)) return undefined
  return { first: toNumber(first), last: toNumber(last) }
}

/** Whether two ranges have an address in common. */
export function overlap(a: AddressRange, b: AddressRange): boolean {
  return a.first <= b.last && b.first <= a.last
}

const toNumber = (ip: string) =>
  ip.split('.').reduce((value, part) => value * 256 + Number(part), 0)
const toText = (address: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')

/** Whether an address is one of the pool's. */
export function isInPool(pool: readonly AddressRange[], ip: string): boolean {
  if (!isIPv4(ip)) return false
  const address = toNumber(ip)
  return pool.some(({ first, last }) => first <= address && address <= last)
}

/** The first address of the pool that nobody has; undefined when all are taken. */
export function firstFree(
  pool: readonly AddressRange[],
  taken: ReadonlySet<string>,
): string | undefined {
  for (const { first, last } of pool) {
    // Of more addresses than are taken one is free, so that the search ends.
    for (let address = first; address <= last; address += 1) {
      const ip = toText(address)
      if (!taken.has(ip)) return ip
    }
  }
  return undefined
}
