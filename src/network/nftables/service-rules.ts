import { createHash } from 'node:crypto'
import { isIP, isIPv6 } from 'node:net'
import { invariant } from '#lib'
import type { ServiceEndpoint, ServicePort } from '../model/service-table.ts'
import type { FragmentBuilder } from './ruleset.ts'

/** Marks packets whose source is to become the node's own address on the way out. */
export const masqueradeMark = '0x4000'

const markForMasquerade = `meta mark set meta mark or ${masqueradeMark}`

/** Verdicts of ports without anything behind them; the chains are part of every table. */
const rejecting = 'goto reject-all'
const dropping = 'goto drop-all'

export interface RuleOptions {
  /** The pods' networks, all nodes' and both families'; other sources are masqueraded. */
  readonly podCidrs: readonly string[]
  /** Whether node ports answer on 127.0.0.1 too. */
  readonly localhostNodePorts: boolean
  /** What of these networks goes anywhere else leaves with the node's own address. */
  readonly masqueradeFrom?: readonly string[]
}

/** What differs between the address families in nft's language. */
export interface Family {
  readonly suffix: '4' | '6'
  readonly address: 'ip' | 'ip6'
  readonly type: 'ipv4_addr' | 'ipv6_addr'
  readonly protocol: 'ipv4' | 'ipv6'
}

export const ipv4: Family = { suffix: '4', address: 'ip', type: 'ipv4_addr', protocol: 'ipv4' }
export const ipv6: Family = { suffix: '6', address: 'ip6', type: 'ipv6_addr', protocol: 'ipv6' }

const familyOf = (ip: string): Family => (isIPv6(ip.split('/')[0] ?? '') ? ipv6 : ipv4)

/** The CIDRs of one family as an anonymous set, or nothing. */
export function cidrSet(cidrs: readonly string[], family: Family): string | undefined {
  const own = [...new Set(cidrs)].filter((cidr) => familyOf(cidr) === family)
  return own.length === 0 ? undefined : `{ ${own.join(', ')} }`
}

/** Adds the chains and map entries of one Service port. */
export function addServicePort(
  builder: FragmentBuilder,
  port: ServicePort,
  options: RuleOptions,
): void {
  requireAddresses(port)
  const family = familyOf(port.clusterIp)
  const id = chainId(port)
  const rules: PortRules = { builder, port, family, id, pods: cidrSet(options.podCidrs, family) }
  const isExternal = hasOutside(port)
  if (isExternal || !isSpread(port)) addPool(rules, 'pool', port.clusterEndpoints)
  if (isExternal ? usesLocal(port) : !isSpread(port) && usesLocal(port)) {
    addPool(rules, 'near', port.localEndpoints)
  }
  const add = (ip: string, verdict: string) =>
    builder.addElement(`services-${family.suffix}`, addressKey(ip, port), verdict)

  add(port.clusterIp, internalVerdict(rules))
  builder.addElement(`cluster-ips-${family.suffix}`, port.clusterIp)
  const external = externalVerdict(rules)
  for (const ip of port.externalIps) add(ip, external)
  const balanced = balancedVerdict(rules, external)
  for (const ip of port.loadBalancerIps) add(ip, balanced)
  if (port.nodePort !== undefined) {
    const key = `${protocolOf(port)} . ${port.nodePort}`
    builder.addElement(`node-ports-${family.suffix}`, key, external)
  }
  for (const { ip, local } of [...port.clusterEndpoints, ...port.localEndpoints]) {
    if (local) builder.addElement(`hairpin-${family.suffix}`, `${ip} . ${ip}`)
  }
}

/** nft would ask the resolver for anything else, and wait for its answer with the table locked. */
function requireAddresses(port: ServicePort): void {
  const endpoints = [...port.clusterEndpoints, ...port.localEndpoints].map(({ ip }) => ip)
  for (const ip of [port.clusterIp, ...port.externalIps, ...port.loadBalancerIps, ...endpoints]) {
    invariant(isIP(ip) !== 0, `${port.name} has ${ip} where an IP address belongs`)
  }
}

interface PortRules {
  readonly builder: FragmentBuilder
  readonly port: ServicePort
  readonly family: Family
  readonly id: string
  readonly pods: string | undefined
}

const protocolOf = (port: ServicePort) => port.protocol.toLowerCase()
const addressKey = (ip: string, port: ServicePort) => `${ip} . ${protocolOf(port)} . ${port.port}`

/** Whether it has other doors than its cluster address. */
const hasOutside = ({ nodePort, externalIps, loadBalancerIps }: ServicePort): boolean =>
  nodePort !== undefined || externalIps.length > 0 || loadBalancerIps.length > 0

/** More endpoints than these are chosen from by a chain of their own, so that there are few shared ones. */
const mostSpread = 64

/** What the cluster address leads to. */
const insideEndpoints = (port: ServicePort): readonly ServiceEndpoint[] =>
  port.internalTrafficPolicy === 'Local' ? port.localEndpoints : port.clusterEndpoints

/** Whether the cluster address needs no chain of its own. */
const isSpread = (port: ServicePort): boolean =>
  port.affinitySeconds === undefined && insideEndpoints(port).length <= mostSpread

const usesLocal = (port: ServicePort) =>
  port.internalTrafficPolicy === 'Local' || port.externalTrafficPolicy === 'Local'

/** A short digest keeps names unique, the rest says to a reader of the table what it is. */
function chainId(port: ServicePort): string {
  const name = `${port.name}/${protocolOf(port)}/${familyOf(port.clusterIp).suffix}`
  return `${digest(name)}-${name.replace(/[^\w/.-]/g, '-').slice(0, 80)}`
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 10)

/** The chain that picks one of the endpoints. No chain without endpoints. */
function addPool(
  rules: PortRules,
  kind: 'pool' | 'near',
  endpoints: readonly ServiceEndpoint[],
): void {
  if (endpoints.length === 0) return
  const { builder, port, id } = rules
  const name = `${kind}-${id}`
  if (port.affinitySeconds === undefined) {
    builder.addChain(name, [randomRule(rules, endpoints)])
    return
  }
  const chains = endpoints.map((endpoint) => addStickyEndpoint(rules, endpoint))
  const remembered = chains.map(
    ({ chain, set }) => `${rules.family.address} saddr @${set} goto ${chain}`,
  )
  const choices = chains.map(({ chain }, index) => `${index} : goto ${chain}`).join(', ')
  builder.addChain(name, [...remembered, `numgen random mod ${chains.length} vmap { ${choices} }`])
}

function randomRule({ port, family }: PortRules, endpoints: readonly ServiceEndpoint[]): string {
  const match = `meta l4proto ${protocolOf(port)} dnat ${family.address} to`
  const [only] = endpoints
  if (only && endpoints.length === 1) return `${match} ${socketAddress(only)}`
  const choices = endpoints.map(({ ip, port: to }, index) => `${index} : ${ip} . ${to}`)
  return `${match} numgen random mod ${endpoints.length} map { ${choices.join(', ')} }`
}

/**
 * One set of clients for each endpoint: when an endpoint goes, its clients are forgotten with its
 * set and all others keep theirs.
 */
function addStickyEndpoint(
  { builder, port, family, id }: PortRules,
  endpoint: ServiceEndpoint,
): { readonly chain: string; readonly set: string } {
  const seconds = port.affinitySeconds ?? 0
  const key = digest(`${id} ${endpoint.ip} ${endpoint.port} ${seconds}`)
  const set = `clients-${key}`
  const chain = `endpoint-${key}-${endpoint.ip.replaceAll(':', '.')}/${endpoint.port}`
  const declaration = `type ${family.type} ; flags dynamic,timeout ; timeout ${seconds}s ;`
  builder.declare(set, 'set', declaration)
  builder.addChain(chain, [
    `update @${set} { ${family.address} saddr }`,
    `meta l4proto ${protocolOf(port)} dnat ${family.address} to ${socketAddress(endpoint)}`,
  ])
  return { chain, set }
}

function socketAddress({ ip, port }: ServiceEndpoint): string {
  return isIPv6(ip) ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** Traffic to the cluster address. Only what comes from outside the pods is masqueraded. */
function internalVerdict(rules: PortRules): string {
  const { builder, port, family, id, pods } = rules
  const isLocal = port.internalTrafficPolicy === 'Local'
  const endpoints = insideEndpoints(port)
  if (endpoints.length === 0) return isLocal && port.hasEndpoints ? dropping : rejecting
  if (isSpread(port)) return spreadVerdict(rules, endpoints)
  const pool = `${isLocal ? 'near' : 'pool'}-${id}`
  if (pods === undefined) return `goto ${pool}`
  builder.addChain(`in-${id}`, [
    `${family.address} saddr != ${pods} ${markForMasquerade}`,
    `goto ${pool}`,
  ])
  return `goto in-${id}`
}

/**
 * The endpoints of a cluster address as elements of maps, one map for each place among them, and shared
 * chains that choose a place.
 */
function spreadVerdict(
  { builder, port, family, pods }: PortRules,
  endpoints: readonly ServiceEndpoint[],
): string {
  const { suffix, address, type } = family
  const key = addressKey(port.clusterIp, port)
  const places = endpoints.map(({ ip, port: to }, place) => {
    const map = `endpoints-${suffix}-${place}`
    const chain = `pick-${suffix}-${place}`
    const socket = 'inet_proto . inet_service'
    builder.declare(map, 'map', `type ${type} . ${socket} : ${type} . inet_service ;`)
    builder.addElement(map, key, `${ip} . ${to}`)
    builder.addChain(chain, [
      `meta l4proto { tcp, udp, sctp } dnat ${address} to ${address} daddr . meta l4proto . th dport map @${map}`,
    ])
    return `${place} : goto ${chain}`
  })
  const chain = `spread-${suffix}-${places.length}`
  const marking = pods === undefined ? [] : [`${address} saddr != ${pods} ${markForMasquerade}`]
  const choice =
    places.length === 1
      ? `goto pick-${suffix}-0`
      : `numgen random mod ${places.length} vmap { ${places.join(', ')} }`
  builder.addChain(chain, [...marking, choice])
  return `goto ${chain}`
}

/** Traffic to node ports and to addresses outside the cluster. */
function externalVerdict(rules: PortRules): string {
  const { builder, port, id } = rules
  if (!hasOutside(port)) return rejecting
  if (port.externalTrafficPolicy === 'Local') return externalLocalVerdict(rules)
  if (port.clusterEndpoints.length === 0) return rejecting
  builder.addChain(`out-${id}`, [markForMasquerade, `goto pool-${id}`])
  return `goto out-${id}`
}

/**
 * Policy Local keeps the client's address and this node's endpoints. Pods and the node itself are
 * inside the cluster though, and reach every endpoint (upstream's short circuit).
 */
function externalLocalVerdict({ builder, port, family, id, pods }: PortRules): string {
  if (!port.hasEndpoints) return rejecting
  const inside = port.clusterEndpoints.length > 0
  const fromPods = inside && pods ? [`${family.address} saddr ${pods} goto pool-${id}`] : []
  const fromNode = inside ? [`fib saddr type local ${markForMasquerade} goto pool-${id}`] : []
  const rest = port.localEndpoints.length > 0 ? `goto near-${id}` : 'drop'
  builder.addChain(`out-${id}`, [...fromPods, ...fromNode, rest])
  return `goto out-${id}`
}

/** Load-balancer addresses let only the allowed sources pass. */
function balancedVerdict({ builder, port, family, id }: PortRules, external: string): string {
  const ranges = port.sourceRanges.filter((cidr) => familyOf(cidr) === family)
  if (port.sourceRanges.length === 0 || port.loadBalancerIps.length === 0) return external
  // One rule for each range: in a set, ranges that overlap would be refused.
  const allowed = ranges.map((cidr) => `${family.address} saddr ${cidr} ${external}`)
  builder.addChain(`allow-${id}`, [...allowed, 'drop'])
  return `goto allow-${id}`
}
