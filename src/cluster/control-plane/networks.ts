import { requireParts } from '#controllers'
import { KnarrError } from '#lib'
import { addressNumber, addressText, parseCidr } from '#machinery/validation'

/** The families of addresses, as Services name them. */
export type AddressFamily = 'IPv4' | 'IPv6'

/** The networks of a cluster: of each option one range for each family, the default family first. */
export interface ClusterNetworks {
  readonly pods: readonly string[]
  readonly services: readonly string[]
}

/** What `--pod-cidr` and `--service-cidr` say: one range, or one of each family, by comma. */
export interface NetworkOptions {
  readonly podCidr: string
  readonly serviceCidr: string
}

/** The families that a cluster's pods and nodes have addresses of, the default one first. */
export function familiesOf({ podCidr }: Pick<NetworkOptions, 'podCidr'>): readonly AddressFamily[] {
  return podCidr.split(',').map((cidr) => familyOf(cidr))
}

/** Reads the networks of pods and Services. @throws KnarrError `BadNetworks` */
export function readNetworks({ podCidr, serviceCidr }: NetworkOptions): ClusterNetworks {
  const pods = rangesOf('--pod-cidr', podCidr)
  const services = rangesOf('--service-cidr', serviceCidr)
  for (const cidr of pods) requireNodeParts(cidr)
  for (const cidr of services) requireServiceRange(cidr)
  if (familyOf(pods[0]) !== familyOf(services[0])) {
    throw bad(
      `--pod-cidr ${podCidr} and --service-cidr ${serviceCidr} begin with different families`,
      'The first range of each is of the family that the cluster has by default.',
    )
  }
  if (services.length > pods.length) {
    throw bad(
      `--service-cidr ${serviceCidr} has a family that --pod-cidr ${podCidr} has not`,
      'Services of both families need pods of both: give --pod-cidr a range of each.',
    )
  }
  return { pods, services }
}

/** Checks what the options of networks say, before anything starts. @throws KnarrError `BadNetworks` */
export function checkNetworks(options: NetworkOptions): void {
  readNetworks(options)
}

/** The ranges of one option. @throws KnarrError `BadNetworks` */
function rangesOf(option: string, text: string): readonly string[] {
  const ranges = text.split(',').map((range) => range.trim())
  const example = `Write it as 10.244.0.0/16, or as 10.244.0.0/16,fd00:10:244::/56 for both families.`
  for (const range of ranges) {
    if (!parseCidr(range)) throw bad(`${option} is no network: ${range}`, example)
  }
  const families = new Set(ranges.map(familyOf))
  if (ranges.length <= 2 && families.size === ranges.length) return ranges
  throw bad(`${option} takes at most one range of each family: ${text}`, example)
}

const familyOf = (cidr = ''): AddressFamily => (cidr.includes(':') ? 'IPv6' : 'IPv4')

function requireNodeParts(cidr: string): void {
  // One node may have a network that is too small to be parted.
  if (familyOf(cidr) === 'IPv4') return
  try {
    requireParts(cidr)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw bad(
      `--pod-cidr ${cidr} cannot be parted among nodes`,
      'Every node takes a /64 of it: choose a network of IPv6 from /48 to /64.',
    )
  }
}

const shortestIpv6Prefix = 64

function requireServiceRange(cidr: string): void {
  const { prefixLength = 0 } = parseCidr(cidr) ?? {}
  if (familyOf(cidr) === 'IPv4' || prefixLength >= shortestIpv6Prefix) return
  throw bad(
    `--service-cidr ${cidr} is larger than a network of Services may be`,
    `Choose one of /${shortestIpv6Prefix} or smaller, as fd00:10:96::/112.`,
  )
}

function bad(message: string, hint: string): KnarrError {
  return new KnarrError('BadNetworks', message, { hint })
}

/** Address `number` of a network; undefined where it has no such address to give. */
export function addressIn(cidr: string, number: number): string | undefined {
  const network = parseCidr(cidr)
  if (!network) return undefined
  const { bytes, family } = network.address
  const hostBits = BigInt(bytes.length * 8 - network.prefixLength)
  // The last of IPv4 is for all of its network.
  const last = (1n << hostBits) - (family === 4 ? 2n : 1n)
  if (BigInt(number) > last) return undefined
  const first = (addressNumber(bytes) >> hostBits) << hostBits
  return addressText(first + BigInt(number), bytes.length)
}

/** The first address of the Service network is the API server's. */
export function firstAddress(serviceCidr: string): string {
  const [cidr = ''] = serviceCidr.split(',')
  return addressIn(cidr, 1) ?? ''
}
