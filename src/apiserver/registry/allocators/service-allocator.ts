import { type Service, type ServicePort, services } from '#api'
import type { Random } from '#lib'
import { randomInt } from '#lib'
import type { KubeObject, Resource, Stored } from '#machinery'
import { internalError, invalid } from '#machinery/status'
import { fieldPath, invalidField } from '#machinery/validation'
import type { Guard, Write } from '#store'
import type { Allocation, Allocator, RegistryServices } from '../../request/resource-request.ts'
import { addressKeys, allocateAddress } from './addresses.ts'
import { withFamilies } from './ip-families.ts'
import { networkOf } from './networks.ts'

/** From what cluster IPs and node ports are drawn. */
export interface ServiceAllocatorOptions {
  /** IPv4 network of cluster IPs; the first address is that of the `kubernetes` Service. */
  readonly cidr: string
  readonly nodePorts: { readonly first: number; readonly last: number }
}

const portRange = '/registry/ranges/servicenodeports/'
/** Draws before giving up; the network would have to be nearly full. */
const draws = 1000

/** Gives Services their cluster IPs and node ports. */
export function serviceAllocator(options: ServiceAllocatorOptions): Allocator {
  const own = networkOf(options.cidr)
  if (!own) throw new Error(`not an IPv4 network: ${options.cidr}`)
  return {
    handles: ({ group, plural }: Resource) =>
      group === services.group && plural === services.plural,
    allocate(object, old, world) {
      const before = old as Stored<Service> | undefined
      const service = withFamilies(object as Service, before)
      const address = allocateAddress(service, before, { own, world })
      return allocatePorts(address, before, { range: options.nodePorts, world })
    },
    release: (object) =>
      claimsOf(object as Stored<Service>).map((key) => ({ kind: 'delete', key })),
  }
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
    ...(address && address !== 'None' ? addressKeys(address) : []),
    ...nodePortsOf(service).map((port) => `${portRange}${port}`),
  ]
}
