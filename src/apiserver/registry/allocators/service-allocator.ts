import { type Service, type ServicePort, services } from '#api'
import type { Random } from '#lib'
import { randomInt } from '#lib'
import type { KubeObject, Resource, Stored } from '#machinery'
import { internalError, invalid } from '#machinery/status'
import { fieldPath, invalidField, parseCidr } from '#machinery/validation'
import type { Guard, Write } from '#store'
import type { Allocation, Allocator, RegistryServices } from '../../request/resource-request.ts'
import { withFamilies } from './ip-families.ts'

/** From what cluster IPs and node ports are drawn. */
export interface ServiceAllocatorOptions {
  /** IPv4 network of cluster IPs; the first address is that of the `kubernetes` Service. */
  readonly cidr: string
  readonly nodePorts: { readonly first: number; readonly last: number }
}

const addressRange = '/registry/ranges/serviceips/'
const portRange = '/registry/ranges/servicenodeports/'
/** Draws before giving up; the network would have to be nearly full. */
const draws = 1000

/** Gives Services their cluster IPs and node ports. */
export function serviceAllocator(options: ServiceAllocatorOptions): Allocator {
  const pool = addressPool(options.cidr)
  return {
    handles: ({ group, plural }: Resource) =>
      group === services.group && plural === services.plural,
    allocate(object, old, world) {
      const before = old as Stored<Service> | undefined
      const service = withFamilies(object as Service, before)
      const address = allocateAddress(service, before, { pool, world })
      return allocatePorts(address, before, { range: options.nodePorts, world })
    },
    release: (object) =>
      claimsOf(object as Stored<Service>).map((key) => ({ kind: 'delete', key })),
  }
}

interface Pool {
  readonly size: number
  at(index: number): string
  contains(address: string): boolean
}

function addressPool(cidr: string): Pool {
  const network = parseCidr(cidr)
  const [base = '', bits = '24'] = cidr.split('/')
  if (!network || base.includes(':')) throw new Error(`not an IPv4 network: ${cidr}`)
  const first = toNumber(base)
  const size = 2 ** (32 - Number(bits))
  return {
    size,
    at: (index) => toAddress(first + index),
    contains: (address) => {
      const number = toNumber(address)
      return number > first && number < first + size - 1
    },
  }
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}

function needsAddress({ spec }: Service): boolean {
  return spec?.type !== 'ExternalName' && spec?.clusterIP !== 'None'
}

function allocateAddress(
  service: Service,
  old: Stored<Service> | undefined,
  { pool, world }: { readonly pool: Pool; readonly world: RegistryServices },
): Allocation {
  const held = old?.spec?.clusterIP
  const heldKey = held && held !== 'None' ? `${addressRange}${held}` : undefined
  if (!needsAddress(service)) {
    const writes: readonly Write[] = heldKey ? [{ kind: 'delete', key: heldKey }] : []
    return { object: service as KubeObject, guards: [], writes }
  }
  const wanted = service.spec?.clusterIP
  if (wanted && wanted === held) return { object: service as KubeObject, guards: [], writes: [] }
  const taken = (address: string) =>
    world.objects.byField(services, 'spec.clusterIP', address).length > 0
  if (wanted) refuseTaken(service, wanted, pool, taken)
  const address = wanted || draw(world.random, pool.size - 2, (n) => pool.at(n + 1), taken)
  const spec = { ...service.spec, clusterIP: address, clusterIPs: [address] }
  return { object: { ...service, spec } as KubeObject, ...claim(`${addressRange}${address}`) }
}

function refuseTaken(
  service: Service,
  wanted: string,
  pool: Pool,
  taken: (address: string) => boolean,
): void {
  const why = pool.contains(wanted)
    ? taken(wanted)
      ? 'provided IP is already allocated'
      : undefined
    : 'the provided IP is not in the valid range'
  if (why === undefined) return
  const detail = `failed to allocate IP ${wanted}: ${why}`
  const path = fieldPath('spec', 'clusterIPs')
  throw invalid(services, service.metadata?.name ?? '', [invalidField(path, [wanted], detail)])
}

function draw(
  random: Random,
  size: number,
  at: (index: number) => string,
  taken: (value: string) => boolean,
): string {
  for (let i = 0; i < draws; i++) {
    const value = at(randomInt(random, size))
    if (!taken(value)) return value
  }
  throw internalError('failed to allocate: range is full')
}

function claim(key: string): {
  readonly guards: readonly Guard[]
  readonly writes: readonly Write[]
} {
  return {
    guards: [{ key, modified: 'absent' }],
    writes: [{ kind: 'put', key, value: { bytes: new Uint8Array() } }],
  }
}

function hasNodePorts({ spec }: Service): boolean {
  if (spec?.type === 'NodePort') return true
  return spec?.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false
}

interface PortContext {
  readonly range: { readonly first: number; readonly last: number }
  readonly world: RegistryServices
}

function allocatePorts(
  address: Allocation,
  old: Stored<Service> | undefined,
  { range, world }: PortContext,
): Allocation {
  const service = address.object as Service
  const held = new Set(nodePortsOf(old))
  const used = new Set(world.objects.list(services).flatMap(nodePortsOf))
  const chosen = new Set<number>()
  const portFor = (port: ServicePort) => {
    const given = port.nodePort || sameNodePort(port, old)
    const free = (text: string) => used.has(Number(text)) || chosen.has(Number(text))
    if (given && !held.has(given)) refusePort(service, given, used, range)
    const size = range.last - range.first + 1
    const nodePort = given || Number(draw(world.random, size, (n) => String(range.first + n), free))
    chosen.add(nodePort)
    return { ...port, nodePort }
  }
  const ports: readonly ServicePort[] = hasNodePorts(service)
    ? (service.spec?.ports ?? []).map(portFor)
    : (service.spec?.ports ?? []).map(({ nodePort: _, ...port }) => port)
  const now = new Set(hasNodePorts(service) ? chosen : [])
  const added = [...now]
    .filter((port) => !held.has(port))
    .map((port) => claim(`${portRange}${port}`))
  const removed = [...held]
    .filter((port) => !now.has(port))
    .map((port) => ({ kind: 'delete', key: `${portRange}${port}` }) as const)
  const unchanged = ports.every((port, i) => port.nodePort === service.spec?.ports?.[i]?.nodePort)
  return {
    object: unchanged
      ? address.object
      : ({ ...service, spec: { ...service.spec, ports } } as KubeObject),
    guards: [...address.guards, ...added.flatMap(({ guards }) => guards)],
    writes: [...address.writes, ...added.flatMap(({ writes }) => writes), ...removed],
  }
}

/** A client that leaves the node port out on update means the one that is there. */
function sameNodePort(port: ServicePort, old: Stored<Service> | undefined): number | undefined {
  const same = old?.spec?.ports?.find(
    (each) => each.port === port.port && (each.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
  )
  return same?.nodePort
}

function refusePort(
  service: Service,
  port: number,
  used: ReadonlySet<number>,
  range: PortContext['range'],
): void {
  const path = fieldPath('spec', 'ports').index(0).child('nodePort')
  const inRange = port >= range.first && port <= range.last
  if (inRange && !used.has(port)) return
  const detail = inRange
    ? 'provided port is already allocated'
    : `provided port is not in the valid range. The range of valid ports is ${range.first}-${range.last}`
  throw invalid(services, service.metadata?.name ?? '', [invalidField(path, port, detail)])
}

function nodePortsOf(service: Service | undefined): readonly number[] {
  return (service?.spec?.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []))
}

function claimsOf(service: Stored<Service>): readonly string[] {
  const address = service.spec?.clusterIP
  return [
    ...(address && address !== 'None' ? [`${addressRange}${address}`] : []),
    ...nodePortsOf(service).map((port) => `${portRange}${port}`),
  ]
}
