import { isIPv6 } from 'node:net'
import type { PeerSet, PolicyTable, TrafficRules } from '../model/policy-table.ts'
import type { Chain, NamedSet, Ruleset } from '../nftables/ruleset.ts'
import { type Family, ipv4, ipv6 } from '../nftables/service-rules.ts'
import { type Direction, named, renderRule, setName } from './policy-rules.ts'

/** From where a node's own traffic reaches its pods past the node itself. */
export interface EnforcementOptions {
  readonly nodeSources: readonly string[]
}

/**
 * A policy table as the content of one nftables table:
 *
 *     forward ── egress-N   sender → leave-…   ── jump policy-… for each, else drop
 *        │                                             └─ what it lets pass → arrivals
 *        └─ arrivals ── ingress-N  receiver → enter-… ── jump policy-… for each, else drop
 *                                                          └─ what it lets pass → accept
 *     names   what a pod asks the name server of its node never is forwarded → egress-N
 *
 * Pods that the same policies restrict share a chain, rules that name the same peers a set. Answers pass
 * by conntrack; what the opener sends is looked up packet by packet, so that a change counts at once.
 */
export type PolicyRenderer = (table: PolicyTable, options: EnforcementOptions) => Ruleset

/** Makes a renderer that keeps the parts of the tables it saw: unchanged ones are the same objects. */
export function createPolicyRenderer(): PolicyRenderer {
  const known = new Map(families.map((family) => [family, createFamilyParts(family)]))
  return (table, options) => {
    const chains = new Map<string, Chain>(fixedChains(options))
    const elements = new Map<string, NamedSet>()
    for (const family of families) {
      // Rules about a family that no restricted pod has would only be in the way of the others.
      const isUsed = [...table.pods.keys()].some((ip) => isOf(ip, family))
      if (isUsed) known.get(family)?.addTo({ chains, elements }, table)
      addPods(table, family, { chains, elements })
    }
    return { chains, sets: elements }
  }
}

/** The parts of tables in one family, each rendered once as long as it is the same object. */
function createFamilyParts(family: Family) {
  const policies = new WeakMap<TrafficRules, ReadonlyMap<string, Chain>>()
  const sets = new WeakMap<PeerSet, NamedSet>()
  return {
    addTo: ({ chains, elements }: Content, table: PolicyTable) => {
      for (const [name, rules] of table.policies) {
        const rendered = policies.get(rules) ?? renderPolicy(name, rules, family)
        policies.set(rules, rendered)
        for (const [chain, content] of rendered) chains.set(chain, content)
      }
      for (const [id, set] of table.sets) {
        const rendered = sets.get(set) ?? renderSet(set, family)
        sets.set(set, rendered)
        elements.set(setName(id, family), rendered)
      }
    },
  }
}

const families = [ipv4, ipv6]
const directions: readonly Direction[] = ['ingress', 'egress']
const accepting = 'accept'
const arriving = 'goto arrivals'

function fixedChains({ nodeSources }: EnforcementOptions): readonly (readonly [string, Chain])[] {
  const ofNode = families.flatMap((family) => {
    const own = nodeSources.filter((ip) => isOf(ip, family))
    return own.length > 0 ? [`${family.address} saddr { ${own.join(', ')} } accept`] : []
  })
  const forward = [
    'ct direction reply accept',
    'ct state related accept',
    // How neighbours find one another belongs to the network, not to what runs over it.
    'icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept',
    ...ofNode,
    ...families.map(
      ({ address, suffix }) => `${address} saddr . ${address} daddr @selves-${suffix} accept`,
    ),
    ...families.map(({ address, suffix }) => `${address} saddr vmap @egress-${suffix}`),
    arriving,
  ]
  const arrivals = families.map(({ address, suffix }) => `${address} daddr vmap @ingress-${suffix}`)
  const names = families.map(
    ({ address, suffix }) =>
      `ct direction original ${address} daddr @name-servers-${suffix} ${address} saddr vmap @egress-${suffix}`,
  )
  return [
    ['arrivals', { rules: [...arrivals, accepting] }],
    ['forward', { hook: 'type filter hook forward priority 0 ;', rules: forward }],
    // Before Services are translated.
    ['names', { hook: 'type filter hook prerouting priority -150 ;', rules: names }],
  ]
}

/** A policy that lets nothing pass in a direction has no chain for it. */
function renderPolicy(
  name: string,
  rules: TrafficRules,
  family: Family,
): ReadonlyMap<string, Chain> {
  const chains = new Map<string, Chain>()
  for (const direction of directions) {
    const chain = policyChain(name, direction, family)
    const passing = direction === 'ingress' ? accepting : arriving
    const rendered = rules[direction].flatMap((rule, index) => {
      const portsChain = `ports-${index}-${chain}`
      const { rules: lines, ports } = renderRule(rule, family, { portsChain, direction, passing })
      if (ports) chains.set(portsChain, { rules: ports })
      return lines
    })
    if (rendered.length > 0) chains.set(chain, { rules: rendered })
  }
  return chains
}

const policyChain = (name: string, direction: Direction, { suffix }: Family) =>
  named(`policy-${direction}`, name, suffix)

function renderSet({ kind, members }: PeerSet, family: Family): NamedSet {
  const own = [...members].filter((member) => isOf(member.split(' ')[0] ?? '', family))
  const elements = new Map(own.map((member) => [member.replace(' ', ' . '), '']))
  const type = kind === 'sockets' ? `${family.type} . inet_service` : family.type
  return setOf(`type ${type} ;`, elements)
}

interface Content {
  readonly chains: Map<string, Chain>
  readonly elements: Map<string, NamedSet>
}

/** The chains and maps that lead from a pod's address to its policies. */
function addPods(table: PolicyTable, family: Family, { chains, elements }: Content): void {
  const { suffix, type } = family
  const own = [...table.pods].filter(([ip]) => isOf(ip, family))
  for (const direction of directions) {
    const verdicts = new Map<string, string>()
    for (const [ip, isolation] of own) {
      const names = isolation[direction]
      if (names === undefined) continue
      const chain = named(direction === 'ingress' ? 'enter' : 'leave', names.join(' '), suffix)
      verdicts.set(ip, `goto ${chain}`)
      if (chains.has(chain)) continue
      const passing = names
        .map((name) => policyChain(name, direction, family))
        .filter((policy) => chains.has(policy))
      chains.set(chain, { rules: [...passing.map((policy) => `jump ${policy}`), 'drop'] })
    }
    const declaration = `type ${type} : verdict ;`
    elements.set(`${direction}-${suffix}`, { kind: 'map', declaration, elements: verdicts })
  }
  const selves = new Map(own.map(([ip]) => [`${ip} . ${ip}`, '']))
  elements.set(`selves-${suffix}`, setOf(`type ${type} . ${type} ;`, selves))
  const servers = table.nameServers.filter((ip) => isOf(ip, family))
  const asked = new Map(servers.map((ip) => [ip, '']))
  elements.set(`name-servers-${suffix}`, setOf(`type ${type} ;`, asked))
}

const setOf = (declaration: string, elements: ReadonlyMap<string, string>): NamedSet => ({
  kind: 'set',
  declaration,
  elements,
})

const isOf = (ip: string, { suffix }: Family) => isIPv6(ip) === (suffix === '6')
