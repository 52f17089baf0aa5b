import { isIPv6 } from 'node:net'
import type { Chain, NamedSet, Ruleset } from '../nftables/ruleset.ts'
import { type Family, ipv4, ipv6 } from '../nftables/service-rules.ts'
import type { PeerSet, PolicyRules, PolicyTable } from '../policies/policy-table.ts'
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
  const policies = new WeakMap<PolicyRules, ReadonlyMap<string, Chain>>()
  const sets = new WeakMap<PeerSet, ReadonlyMap<string, NamedSet>>()
  return (table, options) => {
    const chains = new Map<string, Chain>(fixedChains(options))
    const elements = new Map<string, NamedSet>()
    for (const [name, rules] of table.policies) {
      const known = policies.get(rules) ?? renderPolicy(name, rules)
      policies.set(rules, known)
      for (const [chain, content] of known) chains.set(chain, content)
    }
    for (const [id, set] of table.sets) {
      const known = sets.get(set) ?? renderSet(id, set)
      sets.set(set, known)
      for (const [name, content] of known) elements.set(name, content)
    }
    for (const family of families) addPods(table, family, { chains, elements })
    return { chains, sets: elements }
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

function renderPolicy(name: string, rules: PolicyRules): ReadonlyMap<string, Chain> {
  const chains = new Map<string, Chain>()
  for (const family of families) {
    for (const direction of directions) {
      const chain = policyChain(name, direction, family)
      const passing = direction === 'ingress' ? accepting : arriving
      const rendered = rules[direction].map((rule, index) => {
        const portsChain = `ports-${index}-${chain}`
        const { rules: lines, ports } = renderRule(rule, family, { portsChain, direction, passing })
        if (ports) chains.set(portsChain, { rules: ports })
        return lines
      })
      chains.set(chain, { rules: rendered.flat() })
    }
  }
  return chains
}

const policyChain = (name: string, direction: Direction, { suffix }: Family) =>
  named(`policy-${direction}`, name, suffix)

function renderSet(id: string, { kind, members }: PeerSet): ReadonlyMap<string, NamedSet> {
  return new Map(
    families.map((family) => {
      const own = [...members].filter((member) => isOf(member.split(' ')[0] ?? '', family))
      const elements = new Map(own.map((member) => [member.replace(' ', ' . '), '']))
      const type = kind === 'sockets' ? `${family.type} . inet_service` : family.type
      return [setName(id, family), { kind: 'set', declaration: `type ${type} ;`, elements }]
    }),
  )
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
      const jumps = names.map((name) => `jump ${policyChain(name, direction, family)}`)
      chains.set(chain, { rules: [...jumps, 'drop'] })
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
