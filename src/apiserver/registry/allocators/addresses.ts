import { ipAddresses, type Service, services } from '#api'
import { formatTime, type KubeObject, type Stored } from '#machinery'
import { internalError, invalid } from '#machinery/status'
import { fieldPath, invalidField, parseIp } from '#machinery/validation'
import type { Guard, Write } from '#store'
import { storeKeyOf } from '../../cache/keys.ts'
import type { Allocation, RegistryServices } from '../../request/resource-request.ts'
import { objectBlob } from '../../stored/stamped.ts'
import { type AddressNetwork, familyOf, hasAddresses, networksOf } from './networks.ts'

/** Where versions before IPAddresses kept what was given out; it is given back from there too. */
const oldRange = '/registry/ranges/serviceips/'

/** The keys by which an address is held. */
function addressKeys(address: string): readonly string[] {
  const name = nameOf(address)
  return [storeKeyOf(ipAddresses, undefined, name), `${oldRange}${name}`]
}

/** One address has one name, however it is written. */
const nameOf = (address: string): string => parseIp(address)?.text ?? address

/** The addresses that a Service has: none where it is headless or a name. */
function addressesOf(service: Service | undefined): readonly string[] {
  const { clusterIP, clusterIPs = clusterIP ? [clusterIP] : [] } = service?.spec ?? {}
  return clusterIPs[0] === 'None' ? [] : clusterIPs.filter(Boolean)
}

/** The keys by which all addresses of a Service are held. */
export function addressClaims(service: Service): readonly string[] {
  return addressesOf(service).flatMap(addressKeys)
}

function needsAddress({ spec }: Service): boolean {
  return spec?.type !== 'ExternalName' && spec?.clusterIPs?.[0] !== 'None'
}

interface Networks {
  readonly own: readonly AddressNetwork[]
  readonly world: RegistryServices
}

/**
 * Gives a Service a cluster IP of each of its families, in the very commit that stores it, with the
 * IPAddresses that say so, and takes back what a family had that it has no more (upstream:
 * updateClusterIPs).
 */
export function allocateAddresses(
  service: Service,
  old: Stored<Service> | undefined,
  context: Networks,
): Allocation {
  const held = addressesOf(old)
  // Whoever was headless stays so: validation says it.
  const wasHeadless = old?.spec?.clusterIPs?.[0] === 'None' && old.spec.type !== 'ExternalName'
  if (wasHeadless || !needsAddress(service))
    return { ...unclaimed(held), object: service as KubeObject }
  const { ipFamilies = ['IPv4'], clusterIPs = [] } = service.spec ?? {}
  const left = unclaimed(held.slice(ipFamilies.length))
  const missing = ipFamilies.slice(held.length)
  if (missing.length === 0) return { ...left, object: service as KubeObject }
  // What is not chosen shows as an empty text where a choice is refused.
  const wanted = ipFamilies.map((_, index) => clusterIPs[index] ?? '')
  const given = missing.map((family, index) =>
    give({ service, family, wanted, index: held.length + index }, context),
  )
  const addresses = [...clusterIPs.slice(0, held.length), ...given]
  const spec = { ...service.spec, clusterIP: addresses[0], clusterIPs: addresses }
  const claims = given.map((address) => claim(service, address, context.world))
  return {
    object: { ...service, spec } as KubeObject,
    guards: claims.flatMap(({ guards }) => guards),
    writes: [...claims.flatMap(({ writes }) => writes), ...left.writes],
  }
}

function unclaimed(addresses: readonly string[]): Claim {
  const keys = addresses.flatMap(addressKeys)
  return { guards: [], writes: keys.map((key): Write => ({ kind: 'delete', key })) }
}

interface Wish {
  readonly service: Service
  readonly family: string
  readonly wanted: readonly string[]
  /** Which of the wanted addresses is meant. */
  readonly index: number
}

/** The address that was chosen, if it may be had, or else one that is drawn. */
function give({ service, family, wanted, index }: Wish, { own, world }: Networks): string {
  const networks = networksOf(world, own).filter((network) => network.family === family)
  const taken = (address: string) =>
    world.objects.byField(services, 'spec.clusterIP', address).length > 0 ||
    (hasAddresses(world) && world.objects.get(ipAddresses, { name: nameOf(address) }) !== undefined)
  const chosen = wanted[index]
  if (!chosen) return drawn(service, networks, world, taken)
  const isInRange = networks.some((network) => network.contains(chosen))
  if (isInRange && !taken(chosen)) return chosen
  const why = isInRange
    ? 'provided IP is already allocated'
    : 'the provided IP is not in the valid range'
  const detail = `failed to allocate IP ${chosen}: ${why}`
  const path = fieldPath('spec', 'clusterIPs')
  throw invalid(services, service.metadata?.name ?? '', [invalidField(path, wanted, detail)])
}

function drawn(
  { metadata }: Service,
  networks: readonly AddressNetwork[],
  world: RegistryServices,
  taken: (address: string) => boolean,
): string {
  for (const network of networks) {
    const address = network.draw(world.random, taken)
    if (address !== undefined) return address
  }
  const name = JSON.stringify(metadata?.name ?? '')
  throw internalError(`failed to allocate a serviceIP for Service ${name}: range is full`)
}

interface Claim {
  readonly guards: readonly Guard[]
  readonly writes: readonly Write[]
}

function claim(service: Service, address: string, world: RegistryServices): Claim {
  const [key = '', oldKey = ''] = addressKeys(address)
  const guards: readonly Guard[] = [
    { key, modified: 'absent' },
    { key: oldKey, modified: 'absent' },
  ]
  if (!hasAddresses(world)) {
    return { guards, writes: [{ kind: 'put', key: oldKey, value: { bytes: new Uint8Array() } }] }
  }
  const value = objectBlob(addressObject(service, nameOf(address), world))
  return { guards, writes: [{ kind: 'put', key, value }] }
}

/** What says to whom an address is given, as upstream's allocator makes it. */
function addressObject(
  { metadata }: Service,
  address: string,
  { clock, random }: RegistryServices,
): KubeObject {
  const { name = '', namespace = '', uid = '' } = metadata ?? {}
  return {
    kind: 'IPAddress',
    apiVersion: 'networking.k8s.io/v1',
    metadata: {
      name: address,
      // Of its own stream: to give out an address shifts no other identity.
      uid: random.fork(`ip ${address} ${uid}`).uuid(),
      creationTimestamp: formatTime(clock.wallMs()),
      labels: {
        'ipaddress.kubernetes.io/ip-family': familyOf(address),
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { resource: 'services', namespace, name } },
  } as KubeObject
}
