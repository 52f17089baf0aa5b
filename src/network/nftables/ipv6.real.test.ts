import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { silentLogger, systemClock } from '#lib'
import type { RoutingNetwork } from '../model/network.ts'
import type { ServiceEndpoint, ServicePort, ServiceTable } from '../model/service-table.ts'
import { nodeCommands } from './command.ts'
import { nftablesNetwork } from './nftables-network.ts'
import { createTestNode, podCidr, podIps, six, type TestNode } from './node-fixture.ts'

const signal = new AbortController().signal
const disabled = '/proc/sys/net/ipv6/conf/all/disable_ipv6'
const isRoot = process.getuid?.() === 0
const hasIPv6 = existsSync(disabled) && readFileSync(disabled, 'utf8').trim() === '0'
const skip = !isRoot
  ? 'needs root, nft, ip and nsenter'
  : hasIPv6
    ? false
    : 'the kernel has no IPv6, or it is switched off'

let node: TestNode
let network: RoutingNetwork

before(async () => {
  if (skip !== false) return
  node = await createTestNode(true)
  for (const name of ['a', 'b'] as const) await node.place(name).serve(name, 8080)
  await untilHeard()
  network = await nftablesNetwork(
    {
      dns: { domain: 'cluster.local', addresses: [] },
      table: 'knarr-test-six',
      netns: node.netns,
      podCidrs: [podCidr, six.podCidr],
      masqueradeFrom: [podCidr, six.podCidr],
      localhostNodePorts: true,
      clock: systemClock,
      log: silentLogger,
    },
    signal,
  )
})
/** A bridge that was made just now may lose the first questions for neighbours, from either side. */
async function untilHeard(): Promise<void> {
  const heard = async (from: 'a' | 'b' | 'c' | 'node', host: string) => {
    for (let tries = 0; tries < 20; tries++) {
      if ((await node.place(from).ask({ host, port: 8080 })) !== 'timeout') return
    }
    assert.fail(`${from} does not hear ${host}`)
  }
  for (const pod of ['a', 'b', 'c'] as const) {
    await heard(pod, six.gateway)
    await heard('node', six.podIps[pod])
  }
}

after(async () => {
  if (skip !== false) return
  await using _namespaces = node
  await network[Symbol.asyncDispose]()
  const tables = execFileSync('nsenter', [`--net=${node.netns}`, 'nft', 'list', 'tables'])
  assert.equal(tables.toString(), '', 'no table is left behind')
})

const endpoint = (name: 'a' | 'b'): ServiceEndpoint => ({
  ip: six.podIps[name],
  port: 8080,
  local: true,
})
const vip = { host: 'fd00:10:96::20', port: 80 }
const nodePort = { host: six.nodeIp, port: 30080 }
const web: ServicePort = {
  name: 'default/web:http/IPv6',
  protocol: 'TCP',
  port: 80,
  clusterIp: vip.host,
  externalIps: [],
  loadBalancerIps: [],
  sourceRanges: [],
  nodePort: 30080,
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  clusterEndpoints: [endpoint('a'), endpoint('b')],
  localEndpoints: [endpoint('a'), endpoint('b')],
  hasEndpoints: true,
}
const tableOf = (...ports: readonly ServicePort[]): ServiceTable => ({ ports, healthChecks: [] })
const only = (name: 'a' | 'b', more: Partial<ServicePort> = {}) =>
  tableOf({ ...web, clusterEndpoints: [endpoint(name)], localEndpoints: [endpoint(name)], ...more })

test('both addresses of a Service lead to the endpoints of their own family', {
  skip,
}, async () => {
  const four: ServicePort = {
    ...web,
    name: 'default/web:http',
    clusterIp: '10.96.0.20',
    clusterEndpoints: [{ ip: podIps.b, port: 8080, local: true }],
    localEndpoints: [],
  }
  const both = { ...web, clusterEndpoints: [endpoint('a')] }
  await network.program(tableOf(four, both), signal)
  const client = node.place('c')
  assert.equal(await client.ask(vip), `a ${six.podIps.c}`)
  assert.equal(await client.ask({ host: '10.96.0.20', port: 80 }), `b ${podIps.c}`)
  assert.equal(await client.ask({ ...vip, port: 81 }), 'refused')
})

test('a pod reaches itself by the address of IPv6 of its own Service', { skip }, async () => {
  await network.program(only('a'), signal)
  assert.match(await node.place('a').ask(vip), /^a /)
})

test('node ports of IPv6 hide the client, or keep it under policy Local', { skip }, async () => {
  await network.program(only('a'), signal)
  assert.equal(await node.place('outside').ask(nodePort), 'a fd00:10:244:9::1')
  await network.program(only('a', { externalTrafficPolicy: 'Local' }), signal)
  assert.equal(await node.place('outside').ask(nodePort), `a ${six.outsideIp}`)
  const far = { localEndpoints: [], externalTrafficPolicy: 'Local' } as const
  await network.program(only('a', far), signal)
  assert.equal(await node.place('outside').ask(nodePort), 'timeout')
  assert.match(await node.place('c').ask(nodePort), /^a /)
})

test('what leaves the pods bears the address of the node', { skip }, async () => {
  await network.program(tableOf(), signal)
  await node.place('outside').serve('outside', 9090)
  const outside = { host: six.outsideIp, port: 9090 }
  assert.equal(await node.place('a').ask(outside), `outside ${six.nodeIp}`)
})

test('balanced addresses of IPv6 let only the allowed sources pass', { skip }, async () => {
  const balanced = { host: 'fd00:1b::1', port: 80 }
  const allow = (sourceRanges: readonly string[]) =>
    network.program(only('a', { loadBalancerIps: [balanced.host], sourceRanges }), signal)
  await allow(['fd00:77::/64'])
  assert.match(await node.place('outside').ask(balanced), /^a /)
  assert.equal(await node.place('c').ask(balanced), 'timeout')
  await allow([`${six.podIps.c}/128`, 'fd00:78::/64'])
  assert.equal(await node.place('outside').ask(balanced), 'timeout')
  assert.match(await node.place('c').ask(balanced), /^a /)
})

test('clients of IPv6 stay with their endpoint under session affinity', { skip }, async () => {
  await network.program(tableOf({ ...web, affinitySeconds: 60 }), signal)
  const names = new Set<string>()
  for (let i = 0; i < 12; i++) names.add(await node.place('c').ask(vip))
  assert.equal(names.size, 1)
})

test('a UDP client of IPv6 with one port moves on when its endpoint goes', { skip }, async () => {
  await network.program(only('a', { protocol: 'UDP' }), signal)
  assert.match(await node.place('c').askUdp(vip, 40_001), /^a /)
  await network.program(only('b', { protocol: 'UDP' }), signal)
  assert.match(await node.place('c').askUdp(vip, 40_001), /^b /)
})

test('a health check port answers at addresses of IPv6 too', { skip }, async () => {
  const check = { namespace: 'ns', name: 'web', port: 32_000, localEndpoints: 1 }
  await network.program({ ports: [], healthChecks: [check] }, signal)
  const url = `http://[${six.nodeIp}]:32000/`
  const answer = await nodeCommands(node.netns).run('curl', ['-si', '-m2', url], { signal })
  assert.match(answer, /^HTTP\/1.1 200 OK/)
})

test('SCTP Services are translated as others are', { skip }, async () => {
  const sctp = { ...web, protocol: 'SCTP', name: 'default/s:s' } as const
  await network.program(tableOf(sctp), signal)
  const listed = execFileSync('nsenter', [
    `--net=${node.netns}`,
    ...['nft', 'list', 'map', 'inet', 'knarr-test-six', 'services-6'],
  ]).toString()
  assert.match(listed, /fd00:10:96::20 \. sctp \. 80/)
})
