import { ipAddresses, type ServiceCIDR, serviceCidrs } from '#api'
import { type Random, randomInt } from '#lib'
import { hasCondition, type ResourceRef, type Stored } from '#machinery'
import { parseCidr } from '#machinery/validation'
import type { RegistryServices } from '../../request/resource-request.ts'

/** A network of cluster IPs. */
export interface AddressNetwork {
  contains(address: string): boolean
  /**
   * A free address, from a random one on; from the band for addresses that people choose only where
   * all others are taken. Undefined where none is left (upstream: `ipallocator.AllocateNextService`).
   */
  draw(random: Random, taken: (address: string) => boolean): string | undefined
}

/** Upstream's band for addresses that people choose: a sixteenth, of 16 to 256 of them. */
const [minBand, maxBand, bandShare] = [16, 256, 16]

/** An IPv4 network without its first and its last address; undefined for what is none. */
export function networkOf(cidr: string): AddressNetwork | undefined {
  const network = parseCidr(cidr)
  if (network?.address.family !== 4) return undefined
  const size = 2 ** (32 - network.prefixLength)
  const first = toNumber(network.text.split('/')[0] ?? '') + 1
  const last = first + size - 3
  const band = size <= minBand ? 0 : Math.min(Math.max(size / bandShare, minBand), maxBand)
  const drawFrom = (
    [from, to]: readonly [number, number],
    random: Random,
    taken: (address: string) => boolean,
  ) => {
    const count = to - from + 1
    if (count <= 0) return undefined
    const start = randomInt(random, count)
    for (let i = 0; i < count; i++) {
      const address = toAddress(from + ((start + i) % count))
      if (!taken(address)) return address
    }
    return undefined
  }
  return {
    contains: (address) => toNumber(address) >= first && toNumber(address) <= last,
    draw: (random, taken) =>
      drawFrom([first + band, last], random, taken) ??
      drawFrom([first, first + band - 1], random, taken),
  }
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}

/** The networks of the ServiceCIDRs that may be used; where there are none, that of the server. */
export function networksOf(
  world: RegistryServices,
  own: AddressNetwork,
): readonly AddressNetwork[] {
  if (!isServed(world, serviceCidrs)) return [own]
  const all = world.objects.list(serviceCidrs)
  if (all.length === 0) return [own]
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
