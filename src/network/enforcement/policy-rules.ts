import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Family } from '../nftables/service-rules.ts'
import type { PolicyPeer, PolicyPort, PolicyRule } from '../policies/policy-table.ts'
import { outermostCidrs } from './outermost.ts'
import { mergeRanges } from './port-ranges.ts'

/** Which way a packet goes, seen from the restricted pod. */
export type Direction = 'ingress' | 'egress'

/** Where a rule stands: its direction, a name for its ports, and what is done with whatever passes. */
export interface RulePlace {
  readonly portsChain: string
  readonly direction: Direction
  /** Ends the search: `accept`, or `goto CHAIN`. */
  readonly passing: string
}

/** Names the set of one family that holds a peer set of the table. */
export const setName = (id: string, { suffix }: Family): string => named('peers', id, suffix)

/** A short digest keeps names unique, the rest says to a reader of the table what it is. */
export function named(kind: string, id: string, suffix: string): string {
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 12)
  const readable = id.replace(/[^\w/.-]+/g, '-').slice(0, 60)
  return `${kind}-${digest}-${readable}/${suffix}`
}

/**
 * One rule of a policy in one family, and the ports that it jumps to: who may pass is looked for first,
 * then the port, so that both lists add up instead of multiplying.
 */
export function renderRule(
  rule: PolicyRule,
  family: Family,
  { portsChain, direction, passing }: RulePlace,
): { readonly rules: readonly string[]; readonly ports?: readonly string[] } {
  const peers = rule.peers && peerMatches(rule.peers, family, direction)
  const ports = rule.ports && portMatches(rule.ports, family)
  const only = `meta nfproto ${family.protocol}`
  if (peers === undefined) {
    const matches = ports ?? ['']
    return { rules: matches.map((match) => line(only, match, passing)) }
  }
  if (ports === undefined) return { rules: peers.map((match) => line(match, passing)) }
  if (peers.length <= 1 || ports.length === 1) {
    const both = peers.flatMap((peer) => ports.map((port) => line(peer, port, passing)))
    return { rules: both }
  }
  return {
    rules: peers.map((match) => line(match, `jump ${portsChain}`)),
    ports: ports.map((match) => line(match, passing)),
  }
}

const line = (...parts: readonly string[]) => parts.filter((part) => part !== '').join(' ')

/** Blocks without an exception are one set; each of the others is a rule of its own. */
function peerMatches(
  peers: readonly PolicyPeer[],
  family: Family,
  direction: Direction,
): readonly string[] {
  const address = `${family.address} ${direction === 'ingress' ? 'saddr' : 'daddr'}`
  const sets = new Set(peers.flatMap((peer) => (peer.kind === 'pods' ? [peer.set] : [])))
  const blocks = peers.flatMap((peer) =>
    peer.kind === 'block' && isOf(peer.cidr, family) ? [peer] : [],
  )
  const whole = blocks.filter(({ except }) => except.length === 0).map(({ cidr }) => cidr)
  const partial = blocks.filter(({ except }) => except.length > 0)
  return [
    ...[...sets].map((set) => `${address} @${setName(set, family)}`),
    ...(whole.length > 0 ? [blockMatch(outermostCidrs(whole), family, address)] : []),
    ...partial.map(({ cidr, except }) => {
      const without = `${address} != { ${outermostCidrs(except).join(', ')} }`
      return line(blockMatch([cidr], family, address), without)
    }),
  ]
}

/** The block of all addresses is no match of an address to nft. */
function blockMatch(cidrs: readonly string[], { protocol }: Family, address: string): string {
  if (cidrs[0]?.endsWith('/0')) return `meta nfproto ${protocol}`
  return `${address} { ${cidrs.join(', ')} }`
}

/** One match for each protocol, and one for each named port. */
function portMatches(ports: readonly PolicyPort[], family: Family): readonly string[] {
  const protocols = [...new Set(ports.map(({ protocol }) => protocol))]
  return protocols.flatMap((protocol) => {
    const own = ports.filter((port) => port.protocol === protocol)
    const match = `meta l4proto ${protocol.toLowerCase()}`
    const names = own.flatMap((port) => (port.kind === 'named' ? [port.set] : []))
    const ranges = mergeRanges(own.flatMap((port) => (port.kind === 'range' ? [port] : [])))
    return [
      ...(ranges.length > 0 ? [line(match, rangeMatch(ranges))] : []),
      ...[...new Set(names)].map(
        (set) => `${match} ${family.address} daddr . th dport @${setName(set, family)}`,
      ),
    ]
  })
}

function rangeMatch(ranges: ReturnType<typeof mergeRanges>): string {
  const [only] = ranges
  if (only && only.first <= 1 && only.last === 65_535) return ''
  const texts = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
  return `th dport { ${texts.join(', ')} }`
}

const isOf = (cidr: string, { suffix }: Family) =>
  isIPv6(cidr.split('/')[0] ?? '') === (suffix === '6')
