import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { silentLogger, systemClock } from '#lib'
import { type RoutingSubject, routingConformance } from '../conformance.ts'
import type { RoutingNetwork } from '../model/network.ts'
import type { ServiceEndpoint, ServicePort, ServiceTable } from '../model/service-table.ts'
import { nodeCommands } from './command.ts'
import { type NftablesOptions, nftablesNetwork, removeNftablesTable } from './nftables-network.ts'
import {
  createTestNode,
  nodeIp,
  outsideIp,
  podCidr,
  podIps,
  type TestNode,
} from './node-fixture.ts'

const signal = new AbortController().signal
const canRun = process.getuid?.() === 0 && ['nft', 'nsenter', 'ip'].every(isInstalled)
const skip = canRun ? false : 'needs root, nft, ip and nsenter'
const table = 'knarr-test'

function isInstalled(file: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${file}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

let node: TestNode
let network: RoutingNetwork

const start = (more: Partial<NftablesOptions> = {}) =>
  nftablesNetwork(
    {
      dns: { domain: 'cluster.local', addresses: [] },
      table,
      netns: node.netns,
      podCidrs: [podCidr],
      localhostNodePorts: true,
      clock: systemClock,
      log: silentLogger,
      ...more,
    },
    signal,
  )
const nft = (...args: readonly string[]) =>
  execFileSync('nsenter', [`--net=${node.netns}`, 'nft', ...args]).toString()

before(async () => {
  if (!canRun) return
  node = await createTestNode()
  for (const name of ['a', 'b'] as const) await node.place(name).serve(name, 8080)
  network = await start()
})
after(async () => {
  if (!canRun) return
  await using _namespaces = node
  await network[Symbol.asyncDispose]()
  assert.equal(nft('list', 'tables'), '', 'no table is left behind')
  assert.equal(await routeLocalnet(), '0', 'nor the setting that it needed')
})

const routeLocalnet = async () => {
  const args = ['-n', 'net.ipv4.conf.all.route_localnet']
  return (await nodeCommands(node.netns).run('sysctl', args, { signal })).trim()
}

const endpointA: ServiceEndpoint = { ip: podIps.a, port: 8080, local: true }
const endpointB: ServiceEndpoint = { ip: podIps.b, port: 8080, local: true }
const nameOf = (text: string) => text.split(' ')[0] as 'a' | 'b' | 'refused' | 'timeout'

const subject: RoutingSubject = {
  program: (serviceTable) => network.program(serviceTable, signal),
  endpoints: [endpointA, endpointB],
  nodeIp,
  ask: async (from, target) => nameOf(await node.place(from === 'pod' ? 'c' : 'node').ask(target)),
}

for (const { name, run } of routingConformance) test(name, { skip }, () => run(subject))

const vip = { host: '10.96.0.20', port: 80 }
const web: ServicePort = {
  name: 'default/web:http',
  protocol: 'TCP',
  port: 80,
  clusterIp: vip.host,
  externalIps: [],
  loadBalancerIps: [],
  sourceRanges: [],
  nodePort: 30080,
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  clusterEndpoints: [endpointA, endpointB],
  localEndpoints: [endpointA, endpointB],
  hasEndpoints: true,
}
const tableOf = (...ports: readonly ServicePort[]): ServiceTable => ({ ports, healthChecks: [] })
const only = (endpoint: ServiceEndpoint, more: Partial<ServicePort> = {}) =>
  tableOf({ ...web, clusterEndpoints: [endpoint], localEndpoints: [endpoint], ...more })

test('a pod reaches itself through its own service', { skip }, async () => {
  await network.program(only(endpointA), signal)
  assert.match(await node.place('a').ask(vip), /^a /)
})

test('what the node sends to itself is left alone, whatever endpoints it has itself', {
  skip,
}, async (t) => {
  const script = `
    const server = require('node:net').createServer((peer) => peer.pipe(peer).on('error', () => {}))
    server.listen(0, '127.0.0.1', () => {
      const client = require('node:net').connect(server.address().port, '127.0.0.1')
      client.on('data', (text) => process.stdout.write(text))
      client.on('error', ({ code }) => process.stdout.write(code))
      client.write('before')
      process.stdin.on('data', () => client.write('after'))
      process.stdin.on('end', () => process.exit())
    })`
  const args = [`--net=${node.netns}`, process.execPath, '-e', script]
  const held = spawn('nsenter', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => held.kill())
  const texts = held.stdout[Symbol.asyncIterator]()
  assert.equal(String((await texts.next()).value), 'before')
  const here = { port: 5353, local: true }
  const endpoints = [
    { ...here, ip: '127.0.0.1' },
    { ...here, ip: nodeIp },
  ]
  await network.program(tableOf({ ...web, clusterEndpoints: endpoints }), signal)
  // As where nothing on the machine had tracked connections before.
  await nodeCommands(node.netns).run('conntrack', ['-F'], { signal })
  held.stdin.write('x')
  assert.equal(String((await texts.next()).value), 'after')
})

test("a pod's address is seen as it is, everybody else's is not", { skip }, async () => {
  await network.program(only(endpointA), signal)
  assert.equal(await node.place('c').ask(vip), `a ${podIps.c}`)
  const nodePort = { host: nodeIp, port: 30080 }
  assert.equal(await node.place('outside').ask(nodePort), 'a 10.244.9.1')
})

test("what leaves the pods' networks bears the address of the node, what stays its own", {
  skip,
}, async () => {
  await using leaving = await start({ table: `${table}-leaving`, masqueradeFrom: [podCidr] })
  await node.place('outside').serve('outside', 9090)
  const outside = { host: outsideIp, port: 9090 }
  assert.equal(await node.place('a').ask(outside), `outside ${podIps.a}`)
  await leaving.program(tableOf(), signal)
  assert.equal(await node.place('a').ask(outside), `outside ${nodeIp}`)
  assert.equal(await node.place('a').ask({ host: podIps.b, port: 8080 }), `b ${podIps.a}`)
})

test('external policy Local keeps the address of an outside client', { skip }, async () => {
  await network.program(only(endpointA, { externalTrafficPolicy: 'Local' }), signal)
  const nodePort = { host: nodeIp, port: 30080 }
  assert.equal(await node.place('outside').ask(nodePort), `a ${outsideIp}`)
  const far = { localEndpoints: [], externalTrafficPolicy: 'Local' } as const
  await network.program(only(endpointA, far), signal)
  assert.equal(await node.place('outside').ask(nodePort), 'timeout')
  assert.match(await node.place('c').ask(nodePort), /^a /)
  assert.match(await node.place('node').ask(nodePort), /^a /)
})

test('a node port answers on the loopback address of the node only', { skip }, async () => {
  await network.program(only(endpointA), signal)
  assert.match(await node.place('node').ask({ host: '127.0.0.1', port: 30080 }), /^a /)
})

test('a UDP client with one port moves on when its endpoint goes', { skip }, async () => {
  await network.program(only(endpointA, { protocol: 'UDP' }), signal)
  assert.match(await node.place('c').askUdp(vip, 40_001), /^a /)
  await network.program(only(endpointB, { protocol: 'UDP' }), signal)
  assert.match(await node.place('c').askUdp(vip, 40_001), /^b /)
  const none = { clusterEndpoints: [], localEndpoints: [], hasEndpoints: false }
  await network.program(only(endpointB, { ...none, protocol: 'UDP' }), signal)
  assert.equal(await node.place('c').askUdp(vip, 40_001), 'refused')
  await network.program(only(endpointA, { protocol: 'UDP' }), signal)
  assert.match(await node.place('c').askUdp(vip, 40_001), /^a /)
})

test('not one connection is lost while the table changes under load', { skip }, async () => {
  const tables = [
    tableOf(web),
    only(endpointA),
    only(endpointB),
    only(endpointA, { affinitySeconds: 60 }),
  ]
  await network.program(tableOf(web), signal)
  let isDone = false
  const results = new Map<string, number>()
  const client = async () => {
    while (!isDone) {
      const text = nameOf(await node.place('c').ask(vip))
      results.set(text, (results.get(text) ?? 0) + 1)
    }
  }
  const clients = [client(), client(), client(), client()]
  for (let round = 0; round < 40; round++) {
    await network.program(tables[round % tables.length] ?? tableOf(web), signal)
  }
  isDone = true
  await Promise.all(clients)
  assert.deepEqual([...results.keys()].sort(), ['a', 'b'])
})

test('a table that somebody flushed is made anew', { skip }, async () => {
  await network.program(only(endpointA), signal)
  nft('flush', 'ruleset')
  await network.program(only(endpointB), signal)
  assert.match(await node.place('c').ask(vip), /^b /)
  nft('flush', 'ruleset')
  await network.program(only(endpointB), signal)
  assert.match(await node.place('c').ask(vip), /^b /, 'even when nothing has changed')
})

test('a process that starts over an old table replaces it', { skip }, async () => {
  await network.program(only(endpointA), signal)
  // The first one is never disposed: it stands for a process that was killed.
  network = await start()
  await network.program(only(endpointB), signal)
  assert.match(await node.place('c').ask(vip), /^b /)
  assert.deepEqual(await network.status(signal), { kind: 'ready' })
})

test('a table that is refused leaves the old one in force and says so', { skip }, async () => {
  await network.program(only(endpointA), signal)
  const broken = only({ ...endpointB, port: 99_999 })
  await assert.rejects(network.program(broken, signal))
  assert.equal((await network.status(signal)).kind, 'notReady')
  assert.match(await node.place('c').ask(vip), /^a /)
  await network.program(only(endpointB), signal)
  assert.match(await node.place('c').ask(vip), /^b /)
})

test('a health check port answers inside the node and goes with its service', {
  skip,
}, async () => {
  const check = { namespace: 'ns', name: 'web', port: 32_000, localEndpoints: 2 }
  const url = 'http://127.0.0.1:32000/'
  const curl = () => nodeCommands(node.netns).run('curl', ['-si', '-m2', url], { signal })
  await network.program({ ports: [], healthChecks: [check] }, signal)
  const answer = await curl()
  assert.match(answer, /^HTTP\/1.1 200 OK/)
  assert.match(answer, /X-Load-Balancing-Endpoint-Weight: 2/)
  await network.program({ ports: [], healthChecks: [{ ...check, localEndpoints: 0 }] }, signal)
  assert.match(await curl(), /^HTTP\/1.1 503 /)
  await network.program(tableOf(), signal)
  await assert.rejects(curl())
})

test('the loopback setting is put back by whoever removes the table of a dead process', {
  skip,
}, async () => {
  await network.program(only(endpointA), signal)
  assert.equal(await routeLocalnet(), '1')
  const options = { table: 'knarr-other', netns: node.netns }
  await removeNftablesTable(options, signal)
  assert.equal(await routeLocalnet(), '1')
  await removeNftablesTable({ table, netns: node.netns }, signal)
  assert.equal(await routeLocalnet(), '0')
  await network[Symbol.asyncDispose]()
  network = await start()
})

test('removing a table that is not there is fine', { skip }, () =>
  removeNftablesTable({ table: 'knarr-never', netns: node.netns }, signal),
)
