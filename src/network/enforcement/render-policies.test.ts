import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { emptyPolicyTable, type PolicyTable, type TrafficRule } from '../model/policy-table.ts'
import { transaction } from '../nftables/transaction.ts'
import { outermostCidrs } from './outermost.ts'
import { mergeRanges } from './port-ranges.ts'
import { createPolicyRenderer } from './render-policies.ts'

const options = { nodeSources: ['172.30.0.254'] }
const render = (table: PolicyTable) => createPolicyRenderer()(table, options)
const tableOf = (
  ingress: readonly TrafficRule[],
  more: Partial<PolicyTable> = {},
): PolicyTable => ({
  ...emptyPolicyTable,
  pods: new Map(['10.0.0.2', 'fd00::2'].map((ip) => [ip, { pod: 'shop/db', ingress: ['shop/p'] }])),
  policies: new Map([['shop/p', { ingress, egress: [] }]]),
  ...more,
})
/** The rules of the chain whose name begins so. */
const rulesOf = (table: PolicyTable, chain: RegExp) =>
  [...render(table).chains].find(([name]) => chain.test(name))?.[1].rules

test('a pod leads to the chain of its policies, which ends by dropping', () => {
  const { sets, chains } = render(tableOf([{}]))
  const [address, verdict = ''] = [...(sets.get('ingress-4')?.elements ?? [])][0] ?? []
  assert.equal(address, '10.0.0.2')
  assert.match(verdict, /^goto enter-\w{12}-shop\/p\/4$/)
  const rules = chains.get(verdict.replace('goto ', ''))?.rules ?? []
  assert.match(rules[0] ?? '', /^jump policy-ingress-\w{12}-shop\/p\/4$/)
  assert.deepEqual(rules.slice(1), ['drop'])
  assert.equal(sets.get('egress-4')?.elements.size, 0)
})

test('a rule matches its peers and its ports, in the words of one family', () => {
  const table = tableOf([
    {
      peers: [{ kind: 'block', cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.1.2.0/24'] }],
      ports: [
        { kind: 'range', protocol: 'TCP', first: 80, last: 80 },
        { kind: 'range', protocol: 'TCP', first: 70, last: 81 },
      ],
    },
    { peers: [{ kind: 'block', cidr: 'fd00::/8', except: [] }] },
    { ports: [{ kind: 'range', protocol: 'SCTP', first: 0, last: 65_535 }] },
  ])
  assert.deepEqual(rulesOf(table, /^policy-ingress.*4$/), [
    'ip saddr 10.0.0.0/8 ip saddr != 10.1.0.0/16 meta l4proto tcp th dport 70-81 accept',
    'meta nfproto ipv4 meta l4proto sctp accept',
  ])
  assert.deepEqual(rulesOf(table, /^policy-ingress.*6$/), [
    'ip6 saddr fd00::/8 accept',
    'meta nfproto ipv6 meta l4proto sctp accept',
  ])
})

test('short lists are no sets of ranges, of which nft reads every element at every change', () => {
  const blocks = (count: number) =>
    Array.from(
      { length: count },
      (_, n) => ({ kind: 'block', cidr: `10.${n >> 8}.${n & 255}.0/24`, except: [] }) as const,
    )
  const ports = [80, 443, 8000].map(
    (first) =>
      ({ kind: 'range', protocol: 'TCP', first, last: first < 8000 ? first : 8100 }) as const,
  )
  assert.deepEqual(rulesOf(tableOf([{ peers: blocks(2) }, { ports }]), /^policy-ingress.*4$/), [
    'ip saddr 10.0.0.0/24 accept',
    'ip saddr 10.0.1.0/24 accept',
    'meta nfproto ipv4 meta l4proto tcp th dport { 80, 443 } accept',
    'meta nfproto ipv4 meta l4proto tcp th dport 8000-8100 accept',
  ])
  assert.equal(rulesOf(tableOf([{ peers: blocks(5000) }]), /^policy-ingress.*4$/)?.length, 1)
})

test('what restricts nobody in a family, or lets nothing pass, takes no room', () => {
  const table = tableOf([], {
    pods: new Map([['10.0.0.2', { pod: 'shop/db', ingress: ['shop/p'] }]]),
  })
  const names = [...render(table).chains.keys()].filter((name) => name.startsWith('policy-'))
  assert.deepEqual(names, [])
  const open = { ...table, policies: new Map([['shop/p', { ingress: [{}], egress: [] }]]) }
  const [only, ...others] = [...render(open).chains.keys()].filter((name) =>
    name.startsWith('policy-'),
  )
  assert.match(only ?? '', /^policy-ingress-.*4$/)
  assert.deepEqual(others, [])
})

test('many peers and many ports add up', () => {
  const peers = Array.from({ length: 50 }, (_, n) => ({ kind: 'pods', set: `s${n}` }) as const)
  const names = Array.from(
    { length: 50 },
    (_, n) => ({ kind: 'named', protocol: 'TCP', set: `TCP n${n}` }) as const,
  )
  const table = tableOf([{ peers, ports: names }])
  assert.equal(rulesOf(table, /^policy-ingress.*4$/)?.length, 50)
  assert.equal(rulesOf(table, /^ports-0-policy-ingress.*4$/)?.length, 50)
})

test('a change of one set is one element, whatever else there is', () => {
  const renderer = createPolicyRenderer()
  const setOf = (...ips: readonly string[]) =>
    ({ kind: 'addresses', members: new Set(ips) }) as const
  const peers = [{ kind: 'pods', set: 'shop/app=web' } as const]
  const before = tableOf([{ peers }], { sets: new Map([['shop/app=web', setOf('10.0.0.1')]]) })
  const after = { ...before, sets: new Map([['shop/app=web', setOf('10.0.0.1', '10.0.0.9')]]) }
  const script = transaction('t', renderer(before, options), renderer(after, options))
  assert.match(script, /^add element inet t peers-\w{12}-shop\/app-web\/4 \{ 10\.0\.0\.9 \}\n$/)
})

test('networks inside of others are left out, in whatever order they come', () => {
  assert.deepEqual(
    outermostCidrs(['10.1.0.0/16', '10.0.0.0/8', '9.0.0.0/8', '10.0.0.0/8', '10.255.255.255/32']),
    ['9.0.0.0/8', '10.0.0.0/8'],
  )
  assert.deepEqual(outermostCidrs(['fd00:1::/32', 'fd00::/8', 'fe80::/10']), [
    'fd00::/8',
    'fe80::/10',
  ])
  assert.deepEqual(outermostCidrs(['10.0.0.128/25', '10.0.0.0/25']), [
    '10.0.0.0/25',
    '10.0.0.128/25',
  ])
})

test('merged ranges hold the same ports and do not touch', () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 9 }))
  fc.assert(
    fc.property(fc.array(range), (drawn) => {
      const ranges = drawn.map(([first, more]) => ({ first, last: first + more }))
      const merged = mergeRanges(ranges)
      const has = (list: typeof merged, port: number) =>
        list.some(({ first, last }) => first <= port && port <= last)
      for (let port = 0; port < 80; port++) assert.equal(has(merged, port), has(ranges, port))
      assert.ok(
        merged.every(({ first }, at) => at === 0 || first > (merged[at - 1]?.last ?? 0) + 1),
      )
    }),
  )
})
