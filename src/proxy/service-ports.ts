import type { EndpointSlice, Service, ServiceSpec, ServicePort as SpecPort } from '#api'
import { keyOf } from '#machinery'
import type { Protocol, ServiceEndpoint, ServiceHealthCheck, ServicePort } from '#network'
import { chooseEndpoints, type EndpointChoice, type ProxyNode } from './choice.ts'
import { addressTypeOf, endpointsOf } from './endpoints.ts'
import { isNodeDnsService } from './node-dns.ts'

/** A label that hands a service to another proxy. */
const otherProxyLabel = 'service.kubernetes.io/service-proxy-name'

/** Upstream's default of `sessionAffinityConfig.clientIP.timeoutSeconds`. */
const defaultAffinitySeconds = 10_800

/** What one service adds to the table of one node. */
export interface ServiceRouting {
  readonly ports: readonly ServicePort[]
  readonly healthCheck?: ServiceHealthCheck
}

/** Where services are routed, and where that node answers names itself. */
export interface RoutingNode extends ProxyNode {
  readonly nameServer?: ServiceEndpoint | undefined
}

const nothing: ServiceRouting = Object.freeze({ ports: Object.freeze([]) })

/**
 * Routes one service: each of its ports once for each address family. Headless services, external
 * names and services of another proxy are not routed.
 */
export function routeService(
  service: Service,
  slices: readonly EndpointSlice[],
  node: RoutingNode,
): ServiceRouting {
  const { spec, metadata } = service
  if (!spec || !isRouted(service)) return nothing
  const clusterIps = spec.clusterIPs ?? [spec.clusterIP ?? '']
  const context: Context = { service, spec, slices, node, firstIp: clusterIps[0] ?? '' }
  const ports = (spec.ports ?? []).flatMap((port) =>
    clusterIps.map((clusterIp) => routePort(context, port, clusterIp)),
  )
  const port = healthCheckPort(spec)
  if (port === undefined) return { ports }
  const identity = { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }
  return { ports, healthCheck: { ...identity, port, localEndpoints: countReady(context) } }
}

interface Context {
  readonly service: Service
  readonly spec: ServiceSpec
  readonly slices: readonly EndpointSlice[]
  readonly node: RoutingNode
  readonly firstIp: string
}

function isRouted({ spec, metadata }: Service): boolean {
  const clusterIp = spec?.clusterIP ?? ''
  if (clusterIp === '' || clusterIp === 'None' || spec?.type === 'ExternalName') return false
  return metadata?.labels?.[otherProxyLabel] === undefined
}

function routePort(context: Context, port: SpecPort, clusterIp: string): ServicePort {
  const { service, spec, slices, node } = context
  const addressType = addressTypeOf(clusterIp)
  const ofFamily = (ips: readonly string[] | undefined) =>
    (ips ?? []).filter((ip) => addressTypeOf(ip) === addressType)
  const portName = port.name ?? ''
  const protocol = (port.protocol ?? 'TCP') as Protocol
  const query = { portName, protocol, addressType, nodeName: node.name }
  const internal = spec.internalTrafficPolicy === 'Local' ? 'Local' : 'Cluster'
  const isExternal = isExternallyAccessible(spec)
  const external = isExternal && spec.externalTrafficPolicy === 'Local' ? 'Local' : 'Cluster'
  const use = {
    // Even under external policy Local, pods and the node itself may use every endpoint.
    cluster: internal === 'Cluster' || isExternal,
    local: internal === 'Local' || external === 'Local',
  }
  const suffix = clusterIp === context.firstIp ? '' : `/${addressType}`
  return Object.freeze({
    name: `${keyOf(service)}:${portName}${suffix}`,
    protocol,
    port: port.port,
    clusterIp,
    externalIps: ofFamily(spec.externalIPs),
    loadBalancerIps: ofFamily(balancerIps(service)),
    sourceRanges: ofFamily(spec.loadBalancerSourceRanges?.map((range) => range.trim())),
    ...(port.nodePort && { nodePort: port.nodePort }),
    ...(spec.sessionAffinity === 'ClientIP' && { affinitySeconds: affinitySeconds(spec) }),
    internalTrafficPolicy: internal,
    externalTrafficPolicy: external,
    ...(isNodeDnsService(service) && node.nameServer
      ? onThisNode(node.nameServer)
      : chooseEndpoints(endpointsOf(slices, query), use, node)),
  })
}

/** Every node answers the cluster's names itself, whatever the policies of their Service say. */
function onThisNode(nameServer: ServiceEndpoint): EndpointChoice {
  const endpoints = [nameServer]
  return { clusterEndpoints: endpoints, localEndpoints: endpoints, hasEndpoints: true }
}

function isExternallyAccessible(spec: ServiceSpec): boolean {
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') return true
  return (spec.externalIPs ?? []).length > 0
}

/** Addresses that a load balancer delivers unchanged; a proxying one has its own (`ipMode: Proxy`). */
function balancerIps({ status }: Service): readonly string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) =>
    ip && (ipMode ?? 'VIP') === 'VIP' ? [ip] : [],
  )
}

function affinitySeconds(spec: ServiceSpec): number {
  return spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds
}

function healthCheckPort(spec: ServiceSpec): number | undefined {
  if (spec.type !== 'LoadBalancer' || spec.externalTrafficPolicy !== 'Local') return undefined
  return spec.healthCheckNodePort || undefined
}

/** Ready endpoints of the service on this node, each address once. */
function countReady({ slices, node, firstIp }: Context): number {
  // Of a Service of both families every endpoint stands in slices of both.
  const own = slices.filter(({ addressType }) => addressType === addressTypeOf(firstIp))
  const ips = own.flatMap(({ endpoints = [] }) =>
    endpoints
      .filter(({ nodeName, conditions }) => nodeName === node.name && (conditions?.ready ?? true))
      .map(({ addresses }) => addresses[0]),
  )
  return new Set(ips).size
}
