import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  nodeIndex,
  nodeName,
  nodeNetwork,
  nodeNetwork6,
  planNode,
  podNetworks,
} from './node-plan.ts'

test('a node is found again by its name, also where a machine is named like a node', () => {
  for (const machine of ['box', 'box-2', 'a-b']) {
    for (const index of [0, 1, 9, 10]) {
      assert.equal(nodeIndex(machine, nodeName(machine, index)), index)
    }
    for (const other of ['other', `${machine}-1`, `${machine}-x`, `${machine}-02`, `${machine}-`]) {
      assert.equal(nodeIndex(machine, other), undefined, other)
    }
  }
})

test('names that are shared on a machine fit the kernel and differ between nodes and clusters', () => {
  const plans = ['/a', '/b'].flatMap((dataDir) =>
    [0, 1, 19].map((index) => planNode(dataDir, 'box', index)),
  )
  assert.equal(new Set(plans.map(({ bridge }) => bridge)).size, 6)
  assert.equal(new Set(plans.map(({ cgroupRoot }) => cgroupRoot)).size, 6)
  for (const { bridge } of plans) assert.ok(bridge.length <= 15, bridge)
  assert.notEqual(nodeNetwork('/a'), nodeNetwork('/b'))
  assert.match(nodeNetwork('/a'), /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+$/)
})

test('nodes keep their networks, others get the first that are free', () => {
  const names = ['a', 'b', 'c']
  const cases = [
    { cidr: '10.244.0.0/16', held: {}, want: ['10.244.0.0/24', '10.244.1.0/24', '10.244.2.0/24'] },
    {
      cidr: '10.244.0.0/16',
      held: { b: '10.244.0.0/24', gone: '10.244.2.0/24' },
      want: ['10.244.1.0/24', '10.244.0.0/24', '10.244.3.0/24'],
    },
    { cidr: '10.1.252.0/22', held: {}, want: ['10.1.252.0/24', '10.1.253.0/24', '10.1.254.0/24'] },
    {
      cidr: '192.168.7.0/20',
      held: {},
      want: ['192.168.0.0/24', '192.168.1.0/24', '192.168.2.0/24'],
    },
  ]
  for (const { cidr, held, want } of cases) {
    const known = new Map(Object.entries(held).map(([name, part]) => [name, [part]]))
    assert.deepEqual(podNetworks([cidr], names, known).flat(), want)
  }
  assert.deepEqual(podNetworks(['10.9.0.128/25'], ['a'], new Map()), [['10.9.0.128/25']])
  for (const cidr of ['10.9.0.0/23', '10.9.0.0/24', '10.9.0.128/25', 'fd00::/63']) {
    assert.throws(() => podNetworks([cidr], names, new Map()), /no room for 3 nodes/)
  }
})

test('of a second family nodes get a part as well, also those that had one of the first alone', () => {
  const held = new Map([['b', ['10.244.0.0/24']]])
  assert.deepEqual(podNetworks(['10.244.0.0/16', 'fd00:1::/56'], ['a', 'b'], held), [
    ['10.244.1.0/24', 'fd00:1::/64'],
    ['10.244.0.0/24', 'fd00:1:0:1::/64'],
  ])
})

test('the networks between nodes are of addresses that nobody else gives', () => {
  assert.match(nodeNetwork6('/a'), /^fd6b:[\da-f]{2}6e:[\da-f]{4}:1$/)
  assert.notEqual(nodeNetwork6('/a'), nodeNetwork6('/b'))
})
