import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyPolicyTable, type PolicyTable, type ServicePort, type TrafficRule } from '#network'
import type { RefusedConnection } from '../policies/restriction.ts'
import { createTestWorld, namedListener, nodeIps } from './network-fixture.ts'

const signal = new AbortController().signal
const client = '10.244.0.2'
const server = '10.244.1.2'

function restricting(
  pod: string,
  direction: 'ingress' | 'egress',
  ...rules: readonly TrafficRule[]
): PolicyTable {
  return {
    ...emptyPolicyTable,
    pods: new Map([[pod, { pod: 'shop/pod', [direction]: ['shop/p'] }]]),
    policies: new Map([['shop/p', { ingress: [], egress: [], [direction]: rules }]]),
    nodeAddresses: [nodeIps.near, nodeIps.far].filter(
      (ip) => (pod === client) === (ip === nodeIps.near),
    ),
    nameServers: ['10.96.0.10'],
  }
}

function world() {
  const reported: RefusedConnection[] = []
  const made = createTestWorld({
    programMs: { least: 0, most: 0 },
    onRefused: (refused) => reported.push(refused),
  })
  made.pod('near', client, () => namedListener('client'))
  made.pod('far', server, () => namedListener('server'))
  const fromClient = made.near.clientFrom({ podIps: [client] })
  return { ...made, reported, fromClient, reach: () => fromClient.connect(server, 8080).kind }
}

test("a connection that leaves one node and arrives at another needs both nodes' leave", async () => {
  const { near, far, reach } = world()
  assert.equal(reach(), 'open')
  await near.restrict(restricting(client, 'egress'), signal)
  assert.equal(reach(), 'silent')
  const block = { kind: 'block', cidr: '10.244.1.0/24', except: [] } as const
  await near.restrict(restricting(client, 'egress', { peers: [block] }), signal)
  assert.equal(reach(), 'open')
  await far.restrict(restricting(server, 'ingress'), signal)
  assert.equal(reach(), 'silent')
  await far.restrict(emptyPolicyTable, signal)
  assert.equal(reach(), 'open')
})

test('a refused connection is waited for as long as the client has patience', async () => {
  const { far, near, settle, clock } = world()
  await far.restrict(restricting(server, 'ingress'), signal)
  const before = clock.monotonicMs()
  const outcome = await settle(
    near
      .dialerFrom({ podIps: [client] })
      .tcp({ host: server, port: 8080, timeoutMs: 3000 }, signal),
  )
  assert.deepEqual(outcome, { kind: 'failed', message: `dial tcp ${server}:8080: i/o timeout` })
  assert.equal(clock.monotonicMs() - before, 3000)
})

test('an open connection goes silent when a policy comes that forbids it', async () => {
  const { far, fromClient } = world()
  const connection = fromClient.connect(server, 8080)
  assert.ok(connection.kind === 'open' && connection.isUp())
  await far.restrict(restricting(server, 'ingress'), signal)
  assert.equal(connection.isUp(), false)
  await far.restrict(emptyPolicyTable, signal)
  assert.equal(connection.isUp(), true)
})

test("a pod's own node reaches it, other nodes and clients outside do not", async () => {
  const { near, far } = world()
  await far.restrict(restricting(server, 'ingress'), signal)
  assert.equal(far.clientFrom({}).connect(server, 8080).kind, 'open')
  assert.equal(near.clientFrom({}).connect(server, 8080).kind, 'silent')
  assert.equal(far.clientFrom({ podIps: [server] }).connect(server, 8080).kind, 'open')
})

test('a Service is judged by the endpoint that it leads to', async () => {
  const { near, far, reach } = world()
  const web: ServicePort = {
    name: 'shop/web:',
    protocol: 'TCP',
    port: 80,
    clusterIp: '10.96.0.20',
    externalIps: [],
    loadBalancerIps: [],
    sourceRanges: [],
    nodePort: 30080,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    clusterEndpoints: [{ ip: server, port: 8080, local: false }],
    localEndpoints: [],
    hasEndpoints: true,
  }
  await near.program({ ports: [web], healthChecks: [] }, signal)
  const ask = () => near.clientFrom({ podIps: [client] }).connect('10.96.0.20', 80).kind
  const port = { kind: 'range', protocol: 'TCP' } as const
  await near.restrict(
    restricting(client, 'egress', { ports: [{ ...port, first: 80, last: 80 }] }),
    signal,
  )
  assert.deepEqual([ask(), reach()], ['silent', 'silent'])
  await near.restrict(
    restricting(client, 'egress', { ports: [{ ...port, first: 8080, last: 8080 }] }),
    signal,
  )
  assert.deepEqual([ask(), reach()], ['open', 'open'])
  // Through a node port the receiver sees the node that it was asked at, not the client.
  const fromNear = { kind: 'block', cidr: `${nodeIps.near}/32`, except: [] } as const
  await far.restrict(restricting(server, 'ingress', { peers: [fromNear] }), signal)
  assert.equal(ask(), 'silent')
  assert.equal(near.clientFrom({ podIps: [client] }).connect(nodeIps.near, 30080).kind, 'open')
})

test('a pod asks for names only if its policies let it ask the cluster, not its node', async () => {
  const { near, fromClient } = world()
  const ask = () => fromClient.connect('10.96.0.10', 53, 'udp').kind
  await near.program({ ports: [dns], healthChecks: [] }, signal)
  assert.equal(ask(), 'open')
  await near.restrict(restricting(client, 'egress'), signal)
  assert.equal(ask(), 'silent')
  assert.equal(fromClient.connect(nodeIps.near, 53, 'udp').kind, 'open')
  const names = { kind: 'range', protocol: 'UDP', first: 53, last: 53 } as const
  await near.restrict(restricting(client, 'egress', { ports: [names] }), signal)
  assert.equal(ask(), 'open')
})

test('a refusal is reported once with its policies, and again after they changed', async () => {
  const { far, reach, reported } = world()
  const closed = restricting(server, 'ingress')
  await far.restrict(closed, signal)
  for (let time = 0; time < 3; time++) reach()
  assert.deepEqual(reported, [
    {
      flow: { from: client, to: server, port: 8080, protocol: 'TCP' },
      judgement: { kind: 'refused', direction: 'ingress', pod: 'shop/pod', policies: ['shop/p'] },
    },
  ])
  await far.restrict({ ...closed }, signal)
  reach()
  assert.equal(reported.length, 2)
})

const dns: ServicePort = {
  name: 'kube-system/kube-dns:dns',
  protocol: 'UDP',
  port: 53,
  clusterIp: '10.96.0.10',
  externalIps: [],
  loadBalancerIps: [],
  sourceRanges: [],
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  clusterEndpoints: [{ ip: nodeIps.near, port: 53, local: true }],
  localEndpoints: [],
  hasEndpoints: true,
}
