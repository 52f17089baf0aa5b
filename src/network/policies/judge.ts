import { BlockList, isIPv6 } from 'node:net'
import type {
  PodIsolation,
  PolicyPeer,
  PolicyPort,
  PolicyTable,
  TrafficRule,
} from '../model/policy-table.ts'
import type { Protocol } from '../model/service-table.ts'

/** A connection as its first packet shows it, with the addresses of Services translated already. */
export interface Flow {
  readonly from: string
  readonly to: string
  readonly port: number
  readonly protocol: Protocol
}

/** Whether the policies of a node let a connection pass, and which of them decided it. */
export type FlowJudgement =
  /** The policies that let it pass; none where neither end is restricted. */
  | { readonly kind: 'allowed'; readonly policies: readonly string[] }
  | {
      readonly kind: 'refused'
      /** Whether its sender may not send it, or its receiver not receive it. */
      readonly direction: 'egress' | 'ingress'
      /** The restricted pod, as `namespace/name`. */
      readonly pod: string
      /** The policies that restrict the pod, none of which lets it pass. */
      readonly policies: readonly string[]
    }

const unrestricted: FlowJudgement = Object.freeze({ kind: 'allowed', policies: Object.freeze([]) })

/**
 * Judges a connection by the policies of one node: as it leaves a pod of the node, and as it arrives at
 * one. A connection between two nodes passes when the tables of both let it.
 */
export function judgeFlow(table: PolicyTable, flow: Flow): FlowJudgement {
  const { from, to } = flow
  if (table.pods.size === 0 || from === to || isNodeTraffic(table, flow)) return unrestricted
  const leaving = judgeEnd(table, table.pods.get(from), 'egress', flow)
  if (leaving.kind === 'refused') return leaving
  const arriving = judgeEnd(table, table.pods.get(to), 'ingress', flow)
  if (arriving.kind === 'refused') return arriving
  const policies = [...leaving.policies, ...arriving.policies]
  return policies.length === 0 ? unrestricted : { kind: 'allowed', policies }
}

function isNodeTraffic({ nodeAddresses, nameServers }: PolicyTable, { from, to }: Flow): boolean {
  if (nodeAddresses.includes(from)) return true
  return nodeAddresses.includes(to) && !nameServers.includes(to)
}

function judgeEnd(
  table: PolicyTable,
  isolation: PodIsolation | undefined,
  direction: 'egress' | 'ingress',
  flow: Flow,
): FlowJudgement {
  const names = isolation?.[direction]
  if (isolation === undefined || names === undefined) return unrestricted
  const peer = direction === 'egress' ? flow.to : flow.from
  for (const name of names) {
    const rules = table.policies.get(name)?.[direction] ?? []
    if (rules.some((rule) => passes(table, rule, peer, flow))) {
      return { kind: 'allowed', policies: [name] }
    }
  }
  return { kind: 'refused', direction, pod: isolation.pod, policies: names }
}

function passes(table: PolicyTable, { peers, ports }: TrafficRule, peer: string, flow: Flow) {
  const isPort = ports === undefined || ports.some((port) => hasPort(table, port, flow))
  return isPort && (peers === undefined || peers.some((each) => isPeer(table, each, peer)))
}

function hasPort({ sets }: PolicyTable, allowed: PolicyPort, { to, port, protocol }: Flow) {
  if (allowed.protocol !== protocol) return false
  if (allowed.kind === 'range') return allowed.first <= port && port <= allowed.last
  return sets.get(allowed.set)?.members.has(`${to} ${port}`) === true
}

function isPeer({ sets }: PolicyTable, peer: PolicyPeer, ip: string): boolean {
  if (peer.kind === 'pods') return sets.get(peer.set)?.members.has(ip) === true
  const { inside, outside } = blockOf(peer)
  const family = isIPv6(ip) ? 'ipv6' : 'ipv4'
  return inside.check(ip, family) && !outside.check(ip, family)
}

interface Block {
  readonly inside: BlockList
  readonly outside: BlockList
}

/** Read once for each block; blocks never change. */
const blocks = new WeakMap<PolicyPeer, Block>()

function blockOf(peer: Extract<PolicyPeer, { readonly kind: 'block' }>): Block {
  const known = blocks.get(peer)
  if (known) return known
  const made = { inside: listOf([peer.cidr]), outside: listOf(peer.except) }
  blocks.set(peer, made)
  return made
}

function listOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [network = '', length = ''] = cidr.split('/')
    list.addSubnet(network, Number(length), isIPv6(network) ? 'ipv6' : 'ipv4')
  }
  return list
}
