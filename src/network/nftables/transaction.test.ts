import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServicePort } from '../model/service-table.ts'
import { parseMarkedTables } from './kernel-settings.ts'
import { createServiceRuleset } from './render.ts'
import { parseFlows, staleFlows } from './stale-flows.ts'
import { transaction } from './transaction.ts'

const options = {
  podCidrs: ['10.244.0.0/16', 'fd00:10::/56'],
  localhostNodePorts: false,
  isMarked: false,
}
const web: ServicePort = {
  name: 'default/web:http',
  protocol: 'TCP',
  port: 80,
  clusterIp: '10.96.0.20',
  externalIps: [],
  loadBalancerIps: [],
  sourceRanges: [],
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  clusterEndpoints: [
    { ip: '10.244.0.5', port: 8080, local: true },
    { ip: '10.244.1.6', port: 8080, local: false },
  ],
  localEndpoints: [],
  hasEndpoints: true,
}
const tableOf = (ports: readonly ServicePort[]) => ({ ports, healthChecks: [] })
function render(...ports: readonly ServicePort[]) {
  const rules = createServiceRuleset(options)
  rules.change(tableOf(ports))
  return rules.whole()
}
function script(before: readonly ServicePort[] | undefined, now: readonly ServicePort[]) {
  const rules = createServiceRuleset(options)
  rules.change(tableOf(before ?? []))
  const change = rules.change(tableOf(now))
  const text = before
    ? transaction('t', change.before, change.next)
    : transaction('t', undefined, rules.whole())
  return text.trim().split('\n')
}

const other = { ...web, name: 'default/other:http', clusterIp: '10.96.0.21' }

test('a change of endpoints changes elements alone', () => {
  const [first, second = { ip: '', port: 0, local: false }] = web.clusterEndpoints
  const clusterEndpoints = first ? [first, { ...second, ip: '10.244.1.7' }] : []
  assert.deepEqual(script([web, other], [{ ...web, clusterEndpoints }, other]), [
    'delete element inet t endpoints-4-1 { 10.96.0.20 . tcp . 80 }',
    'add element inet t endpoints-4-1 { 10.96.0.20 . tcp . 80 : 10.244.1.7 . 8080 }',
  ])
  assert.deepEqual(script([web, other], [{ ...web, clusterEndpoints: [second] }, other]), [
    'add chain inet t spread-4-1',
    'add rule inet t spread-4-1 ip saddr != { 10.244.0.0/16 } meta mark set meta mark or 0x4000',
    'add rule inet t spread-4-1 goto pick-4-0',
    'delete element inet t endpoints-4-0 { 10.96.0.20 . tcp . 80 }',
    'add element inet t endpoints-4-0 { 10.96.0.20 . tcp . 80 : 10.244.1.6 . 8080 }',
    'delete element inet t endpoints-4-1 { 10.96.0.20 . tcp . 80 }',
    'delete element inet t services-4 { 10.96.0.20 . tcp . 80 }',
    'add element inet t services-4 { 10.96.0.20 . tcp . 80 : goto spread-4-1 }',
  ])
})

test('what one change costs does not depend on how many Services there are', () => {
  const many = Array.from({ length: 2000 }, (_, index) => ({
    ...web,
    name: `many/s-${String(index).padStart(4, '0')}:http`,
    clusterIp: `10.97.${index >> 8}.${index & 255}`,
  }))
  const rules = createServiceRuleset(options)
  rules.change(tableOf(many))
  const next = many.with(1000, { ...(many[1000] ?? web), clusterEndpoints: [] })
  const change = rules.change(tableOf(next))
  const touched = [...change.next.sets.values()].flatMap(({ elements }) => [...elements])
  assert.ok(touched.length < 5, `${touched}`)
  const text = transaction('t', change.before, change.next)
  assert.ok(text.split('\n').length < 8, text)
})

test('equal tables need no transaction', () => {
  assert.equal(transaction('t', render(web), render(web)), '')
})

test('a service that goes takes its elements and then its chains along', () => {
  const verbs = script([web], []).map((line) => line.replace(/ inet t.*/, ''))
  assert.deepEqual(verbs, [
    ...['delete element', 'delete element', 'delete element'],
    ...['flush chain', 'flush chain', 'flush chain'],
    ...['delete chain', 'delete chain', 'delete chain'],
    ...['delete map', 'delete map'],
  ])
})

test('losing the last endpoint turns the address to reject in place', () => {
  const none = { ...web, clusterEndpoints: [], hasEndpoints: false }
  const lines = script([web], [none])
  assert.ok(lines.includes('delete element inet t services-4 { 10.96.0.20 . tcp . 80 }'))
  assert.ok(
    lines.includes('add element inet t services-4 { 10.96.0.20 . tcp . 80 : goto reject-all }'),
  )
})

test('without a known content the table is made anew', () => {
  const lines = script(undefined, [web])
  assert.deepEqual(lines.slice(0, 3), [
    'add table inet t',
    'delete table inet t',
    'add table inet t',
  ])
  assert.equal(transaction('t', undefined, render()).includes('10.96'), false)
})

test('IPv6 addresses and ports are told apart', () => {
  const ip6 = { ...web, clusterIp: 'fd00::20', clusterEndpoints: [] }
  const one = [{ ip: 'fd00:10::5', port: 80, local: false }]
  const lines = script([ip6], [{ ...ip6, clusterEndpoints: one }])
  assert.ok(lines.some((line) => line.endsWith('{ fd00::20 . tcp . 80 : fd00:10::5 . 80 }')))
  assert.ok(lines.some((line) => line.includes('ip6 saddr != { fd00:10::/56 } meta mark set')))
})

test('two claims on one node port leave it to the first', () => {
  const first = { ...web, nodePort: 30080 }
  const second = { ...first, name: 'default/x:http', clusterIp: '10.96.0.21' }
  const claims = [...(render(first, second).sets.get('node-ports-4')?.elements ?? [])]
  assert.equal(claims.length, 1)
  assert.match(claims[0]?.[1] ?? '', /web-http/)
})

const listing = [
  'udp      17 28 src=10.244.0.9 dst=10.96.0.10 sport=4001 dport=53 src=10.244.0.5 dst=10.244.0.9 sport=5353 dport=4001 mark=0 use=1',
  'udp      17 28 src=10.244.0.9 dst=10.96.0.10 sport=4002 dport=53 [UNREPLIED] src=10.244.0.6 dst=10.244.0.9 sport=5353 dport=4002 mark=0 use=1',
  'udp      17 28 src=10.244.0.9 dst=8.8.8.8 sport=4003 dport=53 src=8.8.8.8 dst=10.244.0.9 sport=53 dport=4003 mark=0 use=1',
  'udp      17 28 src=192.0.2.9 dst=192.0.2.2 sport=4004 dport=30053 [UNREPLIED] src=192.0.2.2 dst=192.0.2.9 sport=30053 dport=4004 mark=0 use=1',
].join('\n')
const dns: ServicePort = {
  ...web,
  name: 'kube-system/dns:dns',
  protocol: 'UDP',
  port: 53,
  clusterIp: '10.96.0.10',
  nodePort: 30053,
  clusterEndpoints: [{ ip: '10.244.0.5', port: 5353, local: true }],
}
const sourcePorts = (before: readonly ServicePort[], now: readonly ServicePort[]) =>
  staleFlows(parseFlows(listing), before, now).map(({ sourcePort }) => sourcePort)

test('flows to endpoints that are gone, or that nobody translated, are stale', () => {
  assert.deepEqual(sourcePorts([dns], [dns]), [4002, 4004])
})

test('flows of IPv6 are judged by its own addresses and node ports', () => {
  const six = [
    'udp      17 28 src=fd00::9 dst=fd00:96::a sport=4001 dport=53 src=fd00::5 dst=fd00::9 sport=5353 dport=4001 mark=0 use=1',
    'udp      17 28 src=fd00::9 dst=fd00::2 sport=4002 dport=30053 [UNREPLIED] src=fd00::2 dst=fd00::9 sport=30053 dport=4002 mark=0 use=1',
  ].join('\n')
  const stale = (port: ServicePort) =>
    staleFlows(parseFlows(six), [], [port]).map(({ sourcePort }) => sourcePort)
  const ofSix = { ...dns, clusterIp: 'fd00:96::a' }
  const endpoint = { ip: 'fd00::5', port: 5353, local: true }
  assert.deepEqual(stale({ ...ofSix, clusterEndpoints: [endpoint] }), [4002])
  assert.deepEqual(stale({ ...ofSix, clusterEndpoints: [] }), [4001, 4002])
  assert.deepEqual(stale(dns), [])
})

test('all flows of a service that is gone are stale, foreign ones never', () => {
  assert.deepEqual(sourcePorts([dns], []), [4001, 4002, 4004])
  assert.deepEqual(sourcePorts([], []), [])
})

test('tables that carry the marker are told from those that do not', () => {
  const text =
    'table inet a {\n\tchain restores-route-localnet {\n\t}\n}\ntable inet b {\n\tchain services {\n\t}\n}\n'
  assert.deepEqual(parseMarkedTables(text), ['a'])
  assert.deepEqual(parseMarkedTables(''), [])
})
