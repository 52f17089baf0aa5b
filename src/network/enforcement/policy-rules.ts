import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { PolicyPeer, PolicyPort, TrafficRule } from '../model/policy-table.ts'
import type { Family } from '../nftables/service-rules.ts'
import { outermostCidrs } from './outermost.ts'
import { mergeRanges, type PortRange } from './port-ranges.ts'

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

/**
 * How many values of a list are written out one by one. An anonymous set of ranges takes less room, but
 * whenever elements of any set change, nft reads the elements of every set of ranges that there is.
 */
const mostWrittenOut = 16
/** How long a match of ports may be that stands in several rules. */
const longestRepeated = 200

/** Names that were asked for before; digests of thousands of them would be most of a change's work. */
const known = new Map<string, string>()
const mostKnown = 100_000

/** A short digest keeps names unique, the rest says to a reader of the table what it is. */
export function named(kind: string, id: string, suffix: string): string {
  const key = `${kind} ${suffix} ${id}`
  const found = known.get(key)
  if (found !== undefined) return found
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 12)
  const readable = id.replace(/[^\w/.-]+/g, '-').slice(0, 60)
  const name = `${kind}-${digest}-${readable}/${suffix}`
  if (known.size === mostKnown) known.clear()
  known.set(key, name)
  return name
}

/**
 * One rule of a policy in one family, and the ports that it jumps to where both lists are long: who may
 * pass is looked for first, then the port, so that they add up instead of multiplying.
 */
export function renderRule(
  rule: TrafficRule,
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
  // A list of ports may be one long match.
  const isShort = ports.every((match) => match.length < longestRepeated)
  if (peers.length <= 1 || (isShort && peers.length * ports.length <= mostWrittenOut)) {
    const both = peers.flatMap((peer) => ports.map((port) => line(peer, port, passing)))
    return { rules: both }
  }
  return {
    rules: peers.map((match) => line(match, `jump ${portsChain}`)),
    ports: ports.map((match) => line(match, passing)),
  }
}

const line = (...parts: readonly string[]) => parts.filter((part) => part !== '').join(' ')

/** The matches of peers, any of which is enough. */
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
    ...blockMatches(outermostCidrs(whole), family, address),
    ...partial.map(({ cidr, except }) => {
      const without = outermostCidrs(except)
      const match = blockMatches([cidr], family, address)
      if (without.length > mostWrittenOut) {
        return line(...match, `${address} != { ${without.join(', ')} }`)
      }
      return line(...match, ...without.map((each) => `${address} != ${each}`))
    }),
  ]
}

/** The block of all addresses is no match of an address to nft. */
function blockMatches(
  cidrs: readonly string[],
  { protocol }: Family,
  address: string,
): readonly string[] {
  if (cidrs[0]?.endsWith('/0')) return [`meta nfproto ${protocol}`]
  if (cidrs.length > mostWrittenOut) return [`${address} { ${cidrs.join(', ')} }`]
  return cidrs.map((cidr) => `${address} ${cidr}`)
}

/** The matches of ports, any of which is enough. */
function portMatches(ports: readonly PolicyPort[], family: Family): readonly string[] {
  const protocols = [...new Set(ports.map(({ protocol }) => protocol))]
  return protocols.flatMap((protocol) => {
    const own = ports.filter((port) => port.protocol === protocol)
    const names = own.flatMap((port) => (port.kind === 'named' ? [port.set] : []))
    const ranges = mergeRanges(own.flatMap((port) => (port.kind === 'range' ? [port] : [])))
    return [
      ...rangeMatches(ranges),
      ...[...new Set(names)].map(
        (set) => `${family.address} daddr . th dport @${setName(set, family)}`,
      ),
    ].map((match) => line(`meta l4proto ${protocol.toLowerCase()}`, match))
  })
}

function rangeMatches(ranges: readonly PortRange[]): readonly string[] {
  const [only] = ranges
  if (only && only.first <= 1 && only.last === 65_535) return ['']
  const texts = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
  const isLong = texts.length > mostWrittenOut
  const together = isLong ? texts : texts.filter((text) => !text.includes('-'))
  const apart = isLong ? [] : texts.filter((text) => text.includes('-'))
  const set =
    together.length === 1 ? together : together.length > 1 ? [`{ ${together.join(', ')} }`] : []
  return [...set, ...apart].map((text) => `th dport ${text}`)
}

const isOf = (cidr: string, { suffix }: Family) =>
  isIPv6(cidr.split('/')[0] ?? '') === (suffix === '6')
