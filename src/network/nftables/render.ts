import type { ServicePort, ServiceTable } from '../model/service-table.ts'
import { loopbackMarker } from './kernel-settings.ts'
import { createParts, type NamedFragment, type RulesetChange } from './parts.ts'
import { createFragmentBuilder, type FragmentBuilder, type Ruleset } from './ruleset.ts'
import {
  addServicePort,
  cidrSet,
  type Family,
  ipv4,
  ipv6,
  masqueradeMark,
  type RuleOptions,
} from './service-rules.ts'

/**
 * A service table as the content of one nftables table:
 *
 *     prerouting ─┐             ┌─ services-N   address . protocol . port → in-, out-, allow-…
 *                 ├─ services ──┼─ cluster-ips-N  any other port of a cluster address → reject
 *     output ─────┘             └─ node-ports-N  protocol . port → out-…
 *     spread-N-COUNT mark for masquerade → pick-N-INDEX by chance → DNAT by endpoints-N-INDEX
 *     in-… / out-…   the same of ports with more to decide → pool-… or near-…  one endpoint → DNAT
 *     postrouting    marked, or a pod that reached itself → masquerade
 *
 * The chains `spread` and `pick` are shared: an ordinary cluster address is elements of maps alone, so that
 * neither nft nor the kernel looks at more of them for having many Services.
 *
 * A connection is looked up once: conntrack keeps its translation, so a change of the table never
 * disturbs the connections that are open.
 */
export function createServiceRuleset(
  options: RuleOptions & { readonly isMarked: boolean },
): ServiceRuleset {
  const parts = createParts()
  const fixed = createFragmentBuilder()
  for (const family of [ipv4, ipv6]) declareFamily(fixed, family)
  addDispatch(fixed, options)
  addHooks(fixed, options)
  if (options.isMarked) fixed.addChain(loopbackMarker, [])
  parts.change([], [{ name: '', fragment: fixed.build() }])
  const rendered = new WeakMap<ServicePort, NamedFragment>()
  const partOf = (port: ServicePort): NamedFragment => {
    const known = rendered.get(port)
    if (known) return known
    const builder = createFragmentBuilder()
    addServicePort(builder, port, options)
    const part = { name: port.name, fragment: builder.build() }
    rendered.set(port, part)
    return part
  }
  let ports: readonly ServicePort[] = []
  return {
    change: (table) => {
      const { gone, come } = difference(ports, table.ports)
      // Before anything is taken in: a port that cannot be rendered leaves all as it was.
      const fresh = come.map(partOf)
      ports = table.ports
      return { ...parts.change(gone.map(partOf), fresh), gone, come }
    },
    whole: parts.whole,
  }
}

/** The rules of the tables that it is given, one after the other. */
export interface ServiceRuleset {
  /** What differs between the rules of a table and those of the one before. */
  change(table: ServiceTable): RulesetChange & PortsChange
  /** The rules of the last table. */
  whole(): Ruleset
}

/** The ports that a table has no more, and those that it has now; one that has changed is among both. */
interface PortsChange {
  readonly gone: readonly ServicePort[]
  readonly come: readonly ServicePort[]
}

/** Ports never change, and tables have a fixed order: nearly always all is the same but for one place. */
function difference(before: readonly ServicePort[], now: readonly ServicePort[]): PortsChange {
  const shorter = Math.min(before.length, now.length)
  let start = 0
  while (start < shorter && before[start] === now[start]) start++
  let end = 0
  while (end < shorter - start && before.at(-1 - end) === now.at(-1 - end)) end++
  const [old, fresh] = [before, now].map((ports) => ports.slice(start, ports.length - end))
  const [known, wanted] = [new Set(old), new Set(fresh)]
  return {
    gone: (old ?? []).filter((port) => !wanted.has(port)),
    come: (fresh ?? []).filter((port) => !known.has(port)),
  }
}

function declareFamily(builder: FragmentBuilder, { suffix, type }: Family): void {
  const port = 'inet_proto . inet_service'
  builder.declare(`services-${suffix}`, 'map', `type ${type} . ${port} : verdict ;`)
  builder.declare(`node-ports-${suffix}`, 'map', `type ${port} : verdict ;`)
  builder.declare(`cluster-ips-${suffix}`, 'set', `type ${type} ;`)
  builder.declare(`hairpin-${suffix}`, 'set', `type ${type} . ${type} ;`)
}

function addDispatch(builder: FragmentBuilder, options: RuleOptions): void {
  const notLoopback = options.localhostNodePorts ? '' : 'ip daddr != 127.0.0.0/8 '
  // What ICMPv6 says to a socket that is about to connect is not heard before it tries again.
  builder.addChain('reject-all', ['meta l4proto tcp reject with tcp reset', 'reject'])
  builder.addChain('drop-all', ['drop'])
  builder.addChain('services', [
    'ip daddr . meta l4proto . th dport vmap @services-4',
    'ip6 daddr . meta l4proto . th dport vmap @services-6',
    'ip daddr @cluster-ips-4 goto reject-all',
    'ip6 daddr @cluster-ips-6 goto reject-all',
    `${notLoopback}meta nfproto ipv4 fib daddr type local meta l4proto . th dport vmap @node-ports-4`,
    'ip6 daddr != ::1 fib daddr type local meta l4proto . th dport vmap @node-ports-6',
  ])
}

function addHooks(builder: FragmentBuilder, options: RuleOptions): void {
  const mark = masqueradeMark
  builder.addChain('prerouting', ['jump services'], 'type nat hook prerouting priority -100 ;')
  builder.addChain('output', ['jump services'], 'type nat hook output priority -100 ;')
  builder.addChain(
    'postrouting',
    [
      `meta mark and ${mark} == ${mark} meta mark set meta mark xor ${mark} masquerade fully-random`,
      // Who asks itself by way of a Service; what it sends to itself otherwise stays as it is, above all
      // on the loopback of the node, where its name server is an endpoint.
      'ct status dnat ip saddr . ip daddr @hairpin-4 masquerade fully-random',
      'ct status dnat ip6 saddr . ip6 daddr @hairpin-6 masquerade fully-random',
      ...leavingRules(options),
    ],
    'type nat hook postrouting priority 100 ;',
  )
  builder.addChain('forward', invalidRules(options), 'type filter hook forward priority 0 ;')
  if (!options.localhostNodePorts) return
  // Answering on 127.0.0.1 needs route_localnet, which lets the outside in as well unless stopped.
  builder.addChain(
    'loopback-guard',
    ['iifname != "lo" ip daddr 127.0.0.0/8 drop'],
    'type filter hook prerouting priority -300 ;',
  )
}

/** Nobody outside knows the way back to a pod; among themselves pods keep their addresses. */
function leavingRules({ masqueradeFrom = [] }: RuleOptions): readonly string[] {
  return [ipv4, ipv6].flatMap((family) => {
    const own = cidrSet(masqueradeFrom, family)
    if (own === undefined) return []
    const { address } = family
    const multicast = family === ipv4 ? '224.0.0.0/4' : 'ff00::/8'
    return [
      `${address} saddr ${own} ${address} daddr != ${own} ${address} daddr != ${multicast} masquerade fully-random`,
    ]
  })
}

/**
 * A packet that conntrack cannot place is not translated back, and would make its receiver reset a
 * healthy connection (upstream drops it for the same reason).
 */
function invalidRules({ podCidrs }: RuleOptions): readonly string[] {
  return [ipv4, ipv6].flatMap((family) => {
    const pods = cidrSet(podCidrs, family)
    if (pods === undefined) return []
    const { address } = family
    return [
      `ct state invalid ${address} saddr ${pods} drop`,
      `ct state invalid ${address} daddr ${pods} drop`,
    ]
  })
}
