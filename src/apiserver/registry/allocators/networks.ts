import { ipAddresses, type ServiceCIDR, serviceCidrs } from '#api'
import { type Random, randomInt } from '#lib'
import { hasCondition, type ResourceRef, type Stored } from '#machinery'
import { addressNumber, addressText, parseCidr, parseIp } from '#machinery/validation'
import type { RegistryServices } from '../../request/resource-request.ts'

/** The families of addresses, as Services name them. */
export type IpFamily = 'IPv4' | 'IPv6'

/** A network of cluster IPs. */
export interface AddressNetwork {
  readonly family: IpFamily
  contains(address: string): boolean
  /**
   * A free address, from a random one on; from the band for addresses that people choose only where
   * all others are taken. Undefined where none is left (upstream: `ipallocator.AllocateNextService`).
   */
  draw(random: Random, taken: (address: string) => boolean): string | undefined
}

/** Upstream's band for addresses that people choose: a sixteenth, of 16 to 256 of them. */
const [minBand, maxBand, bandShare] = [16, 256, 16]

/** Larger networks are drawn from as if they had no more: the draw is exact, and nobody needs as many. */
const mostBits = 48

/** Upstream refuses Service networks of IPv6 that are wider (`ipallocator.NewIPAllocator`). */
const shortestIpv6Prefix = 64

/** The family of an address that `parseIp` reads. */
export function familyOf(address: string): IpFamily {
  return parseIp(address)?.family === 6 ? 'IPv6' : 'IPv4'
}

/**
 * A network without its first address, and of IPv4 without its last; undefined for what is none that
 * Services could have addresses of.
 */
export function networkOf(cidr: string): AddressNetwork | undefined {
  const network = parseCidr(cidr)
  if (!network) return undefined
  const { family, bytes } = network.address
  if (family === 6 && network.prefixLength < shortestIpv6Prefix) return undefined
  const bits = bytes.length * 8 - network.prefixLength
  const base = (addressNumber(bytes) >> BigInt(bits)) << BigInt(bits)
  const size = 2 ** Math.min(bits, mostBits)
  const lastOffset = family === 4 ? size - 2 : size - 1
  const band = size <= minBand ? 0 : Math.min(Math.max(size / bandShare, minBand), maxBand)
  const end = base + (1n << BigInt(bits)) - (family === 4 ? 1n : 0n)
  const drawFrom = (
    [from, to]: readonly [number, number],
    random: Random,
    taken: (address: string) => boolean,
  ) => {
    const count = to - from + 1
    if (count <= 0) return undefined
    const start = randomInt(random, count)
    for (let i = 0; i < count; i++) {
      const address = addressText(base + BigInt(from + ((start + i) % count)), bytes.length)
      if (!taken(address)) return address
    }
    return undefined
  }
  return {
    family: family === 6 ? 'IPv6' : 'IPv4',
    contains: (text) => {
      const address = parseIp(text)
      if (address?.family !== family) return false
      const number = addressNumber(address.bytes)
      return number > base && number < end
    },
    draw: (random, taken) =>
      drawFrom([1 + band, lastOffset], random, taken) ?? drawFrom([1, band], random, taken),
  }
}

/** The networks of the ServiceCIDRs that may be used; where there are none, those of the server. */
export function networksOf(
  world: RegistryServices,
  own: readonly AddressNetwork[],
): readonly AddressNetwork[] {
  if (!isServed(world, serviceCidrs)) return own
  const all = world.objects.list(serviceCidrs)
  if (all.length === 0) return own
  return all
    .filter(isUsable)
    .toSorted(defaultFirst)
    .flatMap(({ spec }) => spec?.cidrs ?? [])
    .flatMap((cidr) => networkOf(cidr) ?? [])
}

/** One that nobody has judged yet is used, so that a cluster can begin (upstream: `isReady`). */
function isUsable({ metadata, status }: Stored<ServiceCIDR>): boolean {
  if (metadata.deletionTimestamp) return false
  const isJudged = status?.conditions?.some(({ type }) => type === 'Ready')
  return !isJudged || hasCondition(status?.conditions, 'Ready')
}

function defaultFirst(a: Stored<ServiceCIDR>, b: Stored<ServiceCIDR>): number {
  const rank = ({ metadata }: Stored<ServiceCIDR>) => (metadata.name === 'kubernetes' ? 0 : 1)
  return rank(a) - rank(b) || (a.metadata.name < b.metadata.name ? -1 : 1)
}

/** Whether IPAddresses are written for what is given out. */
export function hasAddresses(world: RegistryServices): boolean {
  return isServed(world, ipAddresses)
}

function isServed(world: RegistryServices, ref: ResourceRef): boolean {
  try {
    return world.resourceOf(ref) !== undefined
  } catch {
    return false
  }
}
