import type { IPAddress, ServiceCIDR } from '#api'
import { findCondition, type Stored } from '#machinery'
import { parseCidr, parseIp } from '#machinery/validation'

type Condition = NonNullable<NonNullable<ServiceCIDR['status']>['conditions']>[number]

interface Prefix {
  readonly family: number
  readonly length: number
  readonly bits: string
}

function prefixesOf({ spec }: ServiceCIDR): readonly Prefix[] {
  return (spec?.cidrs ?? []).flatMap((cidr) => {
    const network = parseCidr(cidr)
    if (!network) return []
    const { address, prefixLength: length } = network
    return [{ family: address.family, length, bits: bitsOf(address.bytes).slice(0, length) }]
  })
}

function bitsOf(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('')
}

/** Whether an address lies in a network. */
export function contains(network: ServiceCIDR, text: string): boolean {
  const address = parseIp(text)
  if (!address) return false
  const bits = bitsOf(address.bytes)
  return prefixesOf(network).some(
    (each) => each.family === address.family && bits.startsWith(each.bits),
  )
}

/** Whether one of two networks lies in the other. */
export function overlap(one: ServiceCIDR, other: ServiceCIDR): boolean {
  return prefixesOf(one).some((a) =>
    prefixesOf(other).some(
      (b) => a.family === b.family && (a.bits.startsWith(b.bits) || b.bits.startsWith(a.bits)),
    ),
  )
}

/** Whether the allocator of Services has made an IPAddress. */
export function managedBy({ metadata }: IPAddress): boolean {
  return metadata?.labels?.['ipaddress.kubernetes.io/managed-by'] === 'ipallocator.k8s.io'
}

/** Whether no address would be without a network (upstream: `canDeleteCIDR`). */
export function canDelete(
  network: Stored<ServiceCIDR>,
  networks: readonly Stored<ServiceCIDR>[],
  addresses: readonly Stored<IPAddress>[],
): boolean {
  const others = networks.filter(({ metadata }) => metadata.name !== network.metadata.name)
  const hasParent = prefixesOf(network).every((own) =>
    others.some((other) =>
      prefixesOf(other).some(
        ({ family, bits }) => family === own.family && own.bits.startsWith(bits),
      ),
    ),
  )
  if (hasParent) return true
  return !addresses.some(
    (address) =>
      managedBy(address) &&
      contains(network, address.metadata.name) &&
      !others.some((other) => contains(other, address.metadata.name)),
  )
}

/** The condition as it should be; undefined where it is so already. */
export function readyCondition(
  { status }: ServiceCIDR,
  isReady: boolean,
): Omit<Condition, 'lastTransitionTime'> | undefined {
  const wanted = isReady
    ? {
        type: 'Ready',
        status: 'True',
        reason: '',
        message: 'Kubernetes Service CIDR is ready',
      }
    : {
        type: 'Ready',
        status: 'False',
        reason: 'Terminating',
        message:
          'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
      }
  const held = findCondition(status?.conditions, 'Ready')
  const isSame =
    held?.status === wanted.status &&
    (held.reason ?? '') === wanted.reason &&
    held.message === wanted.message
  return isSame ? undefined : wanted
}
