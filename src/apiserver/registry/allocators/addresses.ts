import { ipAddresses, type Service, services } from '#api'
import { formatTime, type KubeObject, type Stored } from '#machinery'
import { internalError, invalid } from '#machinery/status'
import { fieldPath, invalidField } from '#machinery/validation'
import type { Guard, Write } from '#store'
import { storeKeyOf } from '../../cache/keys.ts'
import type { Allocation, RegistryServices } from '../../request/resource-request.ts'
import { objectBlob } from '../../stored/stamped.ts'
import { type AddressNetwork, hasAddresses, networksOf } from './networks.ts'

/** Where versions before IPAddresses kept what was given out; it is given back from there too. */
const oldRange = '/registry/ranges/serviceips/'

/** The keys by which an address is held. */
export function addressKeys(address: string): readonly string[] {
  return [storeKeyOf(ipAddresses, undefined, address), `${oldRange}${address}`]
}

function needsAddress({ spec }: Service): boolean {
  return spec?.type !== 'ExternalName' && spec?.clusterIP !== 'None'
}

/** Gives a Service its cluster IP, in the very commit that stores it, with the IPAddress that says so. */
export function allocateAddress(
  service: Service,
  old: Stored<Service> | undefined,
  { own, world }: { readonly own: AddressNetwork; readonly world: RegistryServices },
): Allocation {
  const held = old?.spec?.clusterIP
  if (!needsAddress(service)) {
    const keys = held && held !== 'None' ? addressKeys(held) : []
    const writes = keys.map((key): Write => ({ kind: 'delete', key }))
    return { object: service as KubeObject, guards: [], writes }
  }
  const wanted = service.spec?.clusterIP
  if (wanted && wanted === held) return { object: service as KubeObject, guards: [], writes: [] }
  const networks = networksOf(world, own)
  const taken = (address: string) =>
    world.objects.byField(services, 'spec.clusterIP', address).length > 0 ||
    (hasAddresses(world) && world.objects.get(ipAddresses, { name: address }) !== undefined)
  if (wanted) refuseTaken(service, wanted, networks, taken)
  const address = wanted || drawn(networks, world, taken)
  const spec = { ...service.spec, clusterIP: address, clusterIPs: [address] }
  return { object: { ...service, spec } as KubeObject, ...claim(service, address, world) }
}

function drawn(
  networks: readonly AddressNetwork[],
  world: RegistryServices,
  taken: (address: string) => boolean,
): string {
  for (const network of networks) {
    const address = network.draw(world.random, taken)
    if (address !== undefined) return address
  }
  throw internalError('failed to allocate a serviceIP: range is full')
}

function refuseTaken(
  service: Service,
  wanted: string,
  networks: readonly AddressNetwork[],
  taken: (address: string) => boolean,
): void {
  const isInRange = networks.some((network) => network.contains(wanted))
  if (isInRange && !taken(wanted)) return
  const why = isInRange
    ? 'provided IP is already allocated'
    : 'the provided IP is not in the valid range'
  const detail = `failed to allocate IP ${wanted}: ${why}`
  const path = fieldPath('spec', 'clusterIPs')
  throw invalid(services, service.metadata?.name ?? '', [invalidField(path, [wanted], detail)])
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
  const value = objectBlob(addressObject(service, address, world))
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
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { resource: 'services', namespace, name } },
  } as KubeObject
}
