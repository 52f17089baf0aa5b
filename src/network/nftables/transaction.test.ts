import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyServiceTable, type ServicePort } from '../model/service-table.ts'
import { parseMarkedTables } from './kernel-settings.ts'
import { renderRuleset } from './render.ts'
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
const render = (...ports: readonly ServicePort[]) =>
  renderRuleset({ ports, healthChecks: [] }, options)
const script = (before: readonly ServicePort[] | undefined, now: readonly ServicePort[]) =>
  transaction('t', before && render(...before), render(...now))
    .trim()
    .split('\n')

test('a change of endpoints replaces one rule', () => {
  const moved = { ...web, clusterEndpoints: [{ ip: '10.244.1.7', port: 8080, local: false }] }
  const [flush = '', rule = '', hairpin = '', ...rest] = script([web], [moved])
  assert.match(flush, /^flush chain inet t pool-\w{10}-default\/web-http\/tcp\/4$/)
  assert.match(rule, /^add rule inet t pool-\S+ meta l4proto tcp dnat ip to 10\.244\.1\.7:8080$/)
  assert.equal(hairpin, 'delete element inet t hairpin-4 { 10.244.0.5 . 10.244.0.5 }')
  assert.deepEqual(rest, [])
})

test('equal tables need no transaction', () => {
  assert.equal(transaction('t', render(web), render(web)), '')
})

test('a service that goes takes its elements and then its chains along', () => {
  const verbs = script([web], []).map((line) => line.replace(/ inet t.*/, ''))
  assert.deepEqual(verbs, [
    'delete element',
    'delete element',
    'delete element',
    'flush chain',
    'flush chain',
    'delete chain',
    'delete chain',
  ])
})

test('losing the last endpoint turns the address to reject in place', () => {
  const none = { ...web, clusterEndpoints: [], hasEndpoints: false }
  const lines = script([web], [none])
  assert.match(
    lines[0] ?? '',
    /^delete element inet t services-4 \{ 10\.96\.0\.20 \. tcp \. 80 \}$/,
  )
  assert.equal(
    lines[1],
    'add element inet t services-4 { 10.96.0.20 . tcp . 80 : goto reject-all }',
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
  assert.ok(lines.some((line) => line.endsWith('dnat ip6 to [fd00:10::5]:80')))
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
  staleFlows(
    parseFlows(listing),
    { ...emptyServiceTable, ports: before },
    { ...emptyServiceTable, ports: now },
  ).map(({ sourcePort }) => sourcePort)

test('flows to endpoints that are gone, or that nobody translated, are stale', () => {
  assert.deepEqual(sourcePorts([dns], [dns]), [4002, 4004])
})

test('flows of IPv6 are judged by its own addresses and node ports', () => {
  const six = [
    'udp      17 28 src=fd00::9 dst=fd00:96::a sport=4001 dport=53 src=fd00::5 dst=fd00::9 sport=5353 dport=4001 mark=0 use=1',
    'udp      17 28 src=fd00::9 dst=fd00::2 sport=4002 dport=30053 [UNREPLIED] src=fd00::2 dst=fd00::9 sport=30053 dport=4002 mark=0 use=1',
  ].join('\n')
  const stale = (port: ServicePort) =>
    staleFlows(parseFlows(six), emptyServiceTable, { ...emptyServiceTable, ports: [port] }).map(
      ({ sourcePort }) => sourcePort,
    )
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
