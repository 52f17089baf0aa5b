import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ServicePort } from '../model/service-table.ts'
import { createServiceRuleset } from './render.ts'
import type { Ruleset } from './ruleset.ts'

const options = { podCidrs: ['10.244.0.0/16'], localhostNodePorts: false, isMarked: false }

const endpoints = fc
  .uniqueArray(fc.integer({ min: 2, max: 6 }), { maxLength: 4 })
  .map((hosts) =>
    hosts.map((host) => ({ ip: `10.244.0.${host}`, port: 8080, local: host % 2 === 0 })),
  )

/** Ports of few names, addresses and node ports, so that they claim the same. */
const ports: fc.Arbitrary<readonly ServicePort[]> = fc
  .uniqueArray(
    fc.record({
      index: fc.integer({ min: 0, max: 5 }),
      address: fc.integer({ min: 0, max: 3 }),
      endpoints,
      nodePort: fc.option(fc.integer({ min: 30_000, max: 30_002 }), { nil: undefined }),
      affinity: fc.boolean(),
    }),
    { selector: ({ index }) => index },
  )
  .map((drawn) =>
    drawn
      .toSorted((a, b) => a.index - b.index)
      .map(({ index, address, endpoints: all, nodePort, affinity }) => ({
        name: `ns/s${index}:http`,
        protocol: 'TCP' as const,
        port: 80,
        clusterIp: `10.96.0.${address}`,
        externalIps: [],
        loadBalancerIps: [],
        sourceRanges: [],
        ...(nodePort === undefined ? {} : { nodePort }),
        ...(affinity ? { affinitySeconds: 60 } : {}),
        internalTrafficPolicy: 'Cluster' as const,
        externalTrafficPolicy: 'Cluster' as const,
        clusterEndpoints: all,
        localEndpoints: [],
        hasEndpoints: all.length > 0,
      })),
  )

/** Names in order of their text: what a ruleset says does not depend on the order of its parts. */
function sorted<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

const shown = ({ sets, chains }: Ruleset) => ({
  chains: sorted(chains),
  sets: sorted(sets).map(([name, { kind, declaration, elements }]) => ({
    name,
    kind,
    declaration,
    elements: sorted(elements),
  })),
})

/** A whole ruleset with a change put into it. */
function changed(whole: Ruleset, before: Ruleset, next: Ruleset): Ruleset {
  const chains = new Map(whole.chains)
  for (const name of before.chains.keys()) chains.delete(name)
  for (const [name, chain] of next.chains) chains.set(name, chain)
  const sets = new Map(whole.sets)
  for (const [name, { elements }] of before.sets) {
    const set = sets.get(name)
    if (!set) continue
    if (!next.sets.has(name)) sets.delete(name)
    else {
      const left = new Map(set.elements)
      for (const key of elements.keys()) left.delete(key)
      sets.set(name, { ...set, elements: left })
    }
  }
  for (const [name, set] of next.sets) {
    const held = sets.get(name)?.elements ?? new Map<string, string>()
    sets.set(name, { ...set, elements: new Map([...held, ...set.elements]) })
  }
  return { chains, sets }
}

test('after any changes the rules are those of the last table, and each change leads to the next', () => {
  fc.assert(
    fc.property(fc.array(ports, { minLength: 1, maxLength: 5 }), (tables) => {
      const rules = createServiceRuleset(options)
      let known = rules.whole()
      for (const table of tables) {
        const { before, next } = rules.change({ ports: table, healthChecks: [] })
        known = changed(known, before, next)
        assert.deepEqual(shown(known), shown(rules.whole()))
      }
      const fresh = createServiceRuleset(options)
      fresh.change({ ports: tables.at(-1) ?? [], healthChecks: [] })
      assert.deepEqual(shown(rules.whole()), shown(fresh.whole()))
    }),
  )
})
