import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Node, nodes, type Service, type ServiceSpec, services } from '#api'
import type { Stored } from '#machinery'
import { loopOf } from '../shared/loop-fixture.ts'
import { clusterWide, storedObject } from '../shared/objects-fixture.ts'
import { serviceLbController } from './controller.ts'
import { planBalancer } from './plan.ts'
import { firstFree, isInPool, overlap, parseAddressRange } from './pool.ts'

function balanced(name: string, spec: Partial<ServiceSpec> = {}, ips: readonly string[] = []) {
  const ingress = ips.map((ip) => ({ ip, ipMode: 'VIP' }))
  return storedObject<Service>(name, {
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }], ...spec },
    status: { loadBalancer: ips.length > 0 ? { ingress } : {} },
  })
}

function node(name: string, address: string, more: { ready?: boolean; labels?: object } = {}) {
  const status = (more.ready ?? true) ? 'True' : 'False'
  return clusterWide<Node>(name, {
    metadata: { name, labels: { ...more.labels } },
    status: {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status }],
    },
  })
}

const two = [node('a', '10.0.0.1'), node('b', '10.0.0.2')]
const pool = [parseAddressRange('192.0.2.10-192.0.2.11')]

function plan(service: Stored<Service>, more: Partial<Parameters<typeof planBalancer>[0]> = {}) {
  const result = planBalancer({
    service,
    others: [],
    nodes: two,
    hasEndpoint: () => true,
    pool: [],
    reservedPorts: new Set([6443]),
    ...more,
  })
  return result.kind === 'refused' ? result.why : result.ingress.map(({ ip }) => ip).join(' ')
}

test('without a pool a Service has the addresses of the nodes that may be sent traffic to', () => {
  assert.equal(plan(balanced('web')), '10.0.0.1 10.0.0.2')
  const others = [
    node('c', '10.0.0.3', { ready: false }),
    node('d', '10.0.0.4', {
      labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' },
    }),
  ]
  assert.equal(plan(balanced('web'), { nodes: [...two, ...others] }), '10.0.0.1 10.0.0.2')
  const local = balanced('web', { externalTrafficPolicy: 'Local' })
  assert.equal(plan(local, { hasEndpoint: (name) => name === 'b' }), '10.0.0.2')
})

test('a port of the nodes is for one Service, and never that of the API server', () => {
  const first = balanced('first', {}, ['10.0.0.1', '10.0.0.2'])
  assert.equal(
    plan(balanced('web'), { others: [first] }),
    'port 80/TCP of the nodes belongs to Service ns/first',
  )
  const udp = balanced('web', { ports: [{ port: 80, protocol: 'UDP' }] })
  assert.equal(plan(udp, { others: [first] }), '10.0.0.1 10.0.0.2')
  assert.equal(plan(balanced('web'), { others: [balanced('waiting')] }), '10.0.0.1 10.0.0.2')
  const api = balanced('web', { ports: [{ port: 6443 }] })
  assert.equal(plan(api), "port 6443/TCP of the nodes is the API server's")
})

test('of a pool each Service gets an address, keeps it, or the one that it asks for', () => {
  const first = balanced('first', {}, ['192.0.2.10'])
  assert.equal(plan(balanced('web'), { pool, others: [first] }), '192.0.2.11')
  assert.equal(plan(balanced('web', {}, ['192.0.2.11']), { pool }), '192.0.2.11')
  assert.equal(plan(balanced('web', {}, ['10.0.0.1']), { pool }), '192.0.2.10')
  const wanting = (loadBalancerIP: string) => balanced('web', { loadBalancerIP })
  assert.equal(plan(wanting('192.0.2.11'), { pool }), '192.0.2.11')
  assert.equal(
    plan(wanting('192.0.2.10'), { pool, others: [first] }),
    '192.0.2.10 belongs to another Service',
  )
  assert.equal(plan(wanting('192.0.2.99'), { pool }), '192.0.2.99 is not in the pool')
  const second = balanced('second', {}, ['192.0.2.11'])
  assert.equal(
    plan(balanced('web'), { pool, others: [first, second] }),
    'no address of the pool is free',
  )
})

test('a Service of both families gets an address of each, or does without if that is its wish', () => {
  const ipFamilies = ['IPv6', 'IPv4']
  const both = balanced('web', { ipFamilies, ipFamilyPolicy: 'RequireDualStack' })
  const like = balanced('web', { ipFamilies, ipFamilyPolicy: 'PreferDualStack' })
  const wide = [...pool, parseAddressRange('2001:db8::10-2001:db8::11')]
  assert.equal(plan(both, { pool: wide }), '2001:db8::10 192.0.2.10')
  const others = [balanced('first', {}, ['2001:db8::10'])]
  assert.equal(plan(both, { pool: wide, others }), '2001:db8::11 192.0.2.10')
  assert.equal(plan(both, { pool }), 'no address of the pool is free')
  assert.equal(plan(like, { pool }), '192.0.2.10')
  const nodes = [
    clusterWide<Node>('a', {
      status: {
        addresses: ['10.0.0.1', 'fd00::1'].map((address) => ({ type: 'InternalIP', address })),
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    }),
  ]
  assert.equal(plan(both, { nodes }), 'fd00::1 10.0.0.1')
  assert.equal(plan(balanced('web', { ipFamilies: ['IPv6'] }), { nodes }), 'fd00::1')
  assert.equal(plan(balanced('web'), { nodes }), '10.0.0.1')
})

test('a range is written by its ends, as a network or as one address', () => {
  const size = (text: string) => {
    const { first, last } = parseAddressRange(text)
    return Number(last - first) + 1
  }
  assert.deepEqual(
    ['192.0.2.0/28', '192.0.2.7/32', '192.0.2.9', '10.0.0.1-10.0.1.0', '2001:db8::/120'].map(size),
    [16, 1, 1, 256, 256],
  )
  for (const text of [
    '',
    'x',
    '10.0.0.2-10.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/a',
    'fd00::/129',
    '10.0.0.1-fd00::1',
    '1.2.3.4-5',
  ]) {
    assert.throws(() => parseAddressRange(text), { code: 'BadPool' }, text)
  }
  assert.equal(
    overlap(parseAddressRange('10.0.0.0/24'), parseAddressRange('10.0.0.255-10.0.1.1')),
    true,
  )
  assert.equal(overlap(parseAddressRange('10.0.0.0/24'), parseAddressRange('10.0.1.0/24')), false)
  assert.equal(
    isInPool(pool, '192.0.2.11') && !isInPool(pool, '192.0.2.12') && !isInPool(pool, 'x'),
    true,
  )
  assert.equal(firstFree(pool, new Set(['192.0.2.10', '192.0.2.11'])), undefined)
})

const controller = serviceLbController({ pool: [], reservedPorts: [] })
const inNodes = two.map((each) => [nodes, each] as const)

test('a Service gets its addresses once, with the events of upstream', async () => {
  const loop = await loopOf(controller, [...inNodes, [services, balanced('web')]])
  const { writes } = await loop.reconcile('ns/web')
  assert.deepEqual(
    writes.map(({ what }) => what),
    ['update services/status ns/web'],
  )
  // Cast: that is what was written.
  const { status } = (writes[0]?.sent ?? {}) as Service
  assert.deepEqual(status?.loadBalancer?.ingress, [
    { ip: '10.0.0.1', ipMode: 'VIP' },
    { ip: '10.0.0.2', ipMode: 'VIP' },
  ])
  assert.deepEqual(loop.events, [
    'EnsuringLoadBalancer: Ensuring load balancer',
    'EnsuredLoadBalancer: Ensured load balancer',
  ])
  assert.deepEqual((await loop.reconcile('ns/web')).writes, [])
})

test('one of a class, or of another type, is left alone; one that cannot have its port says so', async () => {
  const classed = balanced('web', { loadBalancerClass: 'example.com/other' })
  const held: readonly Stored<Service>[] = [classed, balanced('port', { type: 'NodePort' })]
  const loop = await loopOf(controller, [
    ...inNodes,
    ...held.map((each) => [services, each] as const),
  ])
  assert.deepEqual((await loop.reconcile('ns/web')).writes, [])
  assert.deepEqual((await loop.reconcile('ns/port')).writes, [])
  const first = balanced('first', {}, ['10.0.0.1'])
  const refused = await loopOf(controller, [
    ...inNodes,
    [services, first],
    [services, balanced('second')],
  ])
  const { writes } = await refused.reconcile('ns/second')
  assert.deepEqual(writes, [])
  assert.deepEqual(refused.events, [
    'SyncLoadBalancerFailed: Error syncing load balancer: failed to ensure load balancer: port 80/TCP of the nodes belongs to Service ns/first',
  ])
})
