import { type Service, services } from '#api'
import { type Random, randomInt } from '#lib'
import type { KubeObject, Stored } from '#machinery'
import { internalError, invalid } from '#machinery/status'
import { fieldPath, invalidField } from '#machinery/validation'
import type { Allocation, RegistryServices } from '../../request/resource-request.ts'

/** The ports of nodes that Services may have. */
export interface NodePortRange {
  readonly first: number
  readonly last: number
}

const portRange = '/registry/ranges/servicenodeports/'
/** Draws before giving up; the range would have to be nearly full. */
const draws = 1000

/** The keys by which the node ports of a Service are held. */
export function nodePortClaims(service: Service): readonly string[] {
  // Protocols may share one.
  return [...new Set(nodePortsOf(service))].map(keyOf)
}

const keyOf = (port: number): string => `${portRange}${port}`

function nodePortsOf(service: Service | undefined): readonly number[] {
  const { ports = [], healthCheckNodePort } = service?.spec ?? {}
  return [
    ...ports.flatMap(({ nodePort }) => nodePort || []),
    ...(healthCheckNodePort ? [healthCheckNodePort] : []),
  ]
}

function hasNodePorts({ spec }: Service): boolean {
  return spec?.type === 'NodePort' || spec?.type === 'LoadBalancer'
}

/** Only those who say so want no node ports. */
function drawsNodePorts({ spec }: Service): boolean {
  return spec?.type !== 'LoadBalancer' || spec.allocateLoadBalancerNodePorts !== false
}

/** A balancer that sends traffic only where endpoints are asks each node whether it has some. */
function needsHealthCheck(service: Service | undefined): boolean {
  const { type, externalTrafficPolicy } = service?.spec ?? {}
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
}

interface Context {
  readonly range: NodePortRange
  readonly world: RegistryServices
}

/** Gives a Service its node ports, beside what `address` has given it already. */
export function allocateNodePorts(
  address: Allocation,
  old: Stored<Service> | undefined,
  context: Context,
): Allocation {
  // Cast: this allocator is asked about Services alone.
  const service = address.object as Service
  const held = new Set(nodePortsOf(old))
  const ports = createChoice(held, context)
  const given = withHealthCheck(withNodePorts(service, old, ports), old, ports)
  const now = new Set(nodePortsOf(given))
  const added = [...now].filter((port) => !held.has(port)).map(keyOf)
  const removed = [...held].filter((port) => !now.has(port)).map(keyOf)
  return {
    object: given as KubeObject,
    guards: [...address.guards, ...added.map((key) => ({ key, modified: 'absent' }) as const)],
    writes: [
      ...address.writes,
      ...added.map((key) => ({ kind: 'put', key, value: { bytes: new Uint8Array() } }) as const),
      ...removed.map((key) => ({ kind: 'delete', key }) as const),
    ],
  }
}

interface Choice {
  /** Why a port that was asked for cannot be had; undefined where it can. */
  refusal(port: number): string | undefined
  take(port: number): number
  draw(): number
}

function createChoice(held: ReadonlySet<number>, { range, world }: Context): Choice {
  const used = new Set(world.objects.list(services).flatMap(nodePortsOf))
  const chosen = new Set<number>()
  const take = (port: number) => {
    chosen.add(port)
    return port
  }
  return {
    refusal(port) {
      if (held.has(port)) return undefined
      if (port < range.first || port > range.last) {
        return `provided port is not in the valid range. The range of valid ports is ${range.first}-${range.last}`
      }
      return used.has(port) || chosen.has(port) ? 'provided port is already allocated' : undefined
    },
    take,
    draw: () => take(drawn(world.random, range, (port) => used.has(port) || chosen.has(port))),
  }
}

function drawn(
  random: Random,
  { first, last }: NodePortRange,
  isTaken: (port: number) => boolean,
): number {
  for (let i = 0; i < draws; i++) {
    const port = first + randomInt(random, last - first + 1)
    if (!isTaken(port)) return port
  }
  throw internalError('failed to allocate a nodePort: range is full')
}

function withNodePorts(
  service: Service,
  old: Stored<Service> | undefined,
  choice: Choice,
): Service {
  const { spec } = service
  if (!spec?.ports || !hasNodePorts(service)) return service
  const given = old === undefined ? portsOfNew(service, choice) : portsOfKnown(service, choice)
  const ports = spec.ports.map((port, index) => {
    const nodePort = given[index]
    return nodePort === undefined || nodePort === port.nodePort ? port : { ...port, nodePort }
  })
  const isSame = ports.every((port, index) => port === spec.ports?.[index])
  return isSame ? service : { ...service, spec: { ...spec, ports } }
}

/** A new Service has one node port for all protocols of a port (upstream: initNodePorts). */
function portsOfNew(service: Service, choice: Choice): readonly (number | undefined)[] {
  const { ports = [] } = service.spec ?? {}
  const known = new Map<number, number>()
  return ports.map(({ port, nodePort }, index) => {
    if (!nodePort && !drawsNodePorts(service)) return undefined
    const shared = known.get(port)
    if (shared !== undefined && (!nodePort || nodePort === shared)) return shared
    const asked = nodePort || ports.find((each) => each.port === port && each.nodePort)?.nodePort
    const given = asked ? requested(service, { index, port: asked }, choice) : choice.draw()
    if (shared === undefined) known.set(port, given)
    return given
  })
}

/** Later each of its ports has its own (upstream: updateNodePorts). */
function portsOfKnown(service: Service, choice: Choice): readonly (number | undefined)[] {
  const { ports = [] } = service.spec ?? {}
  const given = new Set<number>()
  return ports.map(({ nodePort }, index) => {
    if (!nodePort) return drawsNodePorts(service) ? choice.draw() : undefined
    if (given.has(nodePort)) return nodePort
    given.add(nodePort)
    return requested(service, { index, port: nodePort }, choice)
  })
}

function requested(
  service: Service,
  { index, port }: { readonly index: number; readonly port: number },
  choice: Choice,
): number {
  const refusal = choice.refusal(port)
  if (refusal === undefined) return choice.take(port)
  throw refused(service, index, port, refusal)
}

function refused({ metadata }: Service, index: number, port: number, why: string) {
  const path = fieldPath('spec', 'ports').index(index).child('nodePort')
  return invalid(services, metadata?.name ?? '', [invalidField(path, port, why)])
}

/** Upstream: updateHealthCheckNodePort. What it has it keeps. */
function withHealthCheck(
  service: Service,
  old: Stored<Service> | undefined,
  choice: Choice,
): Service {
  if (!needsHealthCheck(service) || needsHealthCheck(old)) return service
  const { healthCheckNodePort: wanted } = service.spec ?? {}
  if (!wanted) {
    return { ...service, spec: { ...service.spec, healthCheckNodePort: choice.draw() } }
  }
  const refusal = choice.refusal(wanted)
  if (refusal === undefined) return service
  throw internalError(`failed to allocate requested HealthCheck NodePort ${wanted}: ${refusal}`)
}
