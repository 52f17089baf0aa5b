import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Node } from '#api'
import type { Stored } from '#machinery'
import { nodeWith } from '../shared/objects-fixture.ts'
import { judgeZones, nodeZone } from './zones.ts'

const rates = { normal: 0.1, secondary: 0.01, unhealthyThreshold: 0.55, largeClusterSize: 50 }

function nodesIn(zone: string, up: number, down: number): readonly Stored<Node>[] {
  const labels = { 'topology.kubernetes.io/zone': zone }
  return Array.from({ length: up + down }, (_, index) =>
    nodeWith(
      `${zone}-${index}`,
      { Ready: index < up ? 'True' : 'Unknown' },
      { metadata: { labels } },
    ),
  )
}

const rateOf = (nodes: readonly Stored<Node>[], zone: string) =>
  judgeZones(nodes, rates).rates.get(`:\0:${zone}`)

describe('the rate of a zone', () => {
  test('is the normal one while fewer than 55 % of its nodes are down', () => {
    assert.equal(rateOf(nodesIn('a', 10, 0), 'a'), 0.1)
    assert.equal(rateOf(nodesIn('a', 5, 5), 'a'), 0.1)
  })

  test('is 0 in a small zone that is partly disrupted, and the secondary one in a large one', () => {
    assert.equal(rateOf(nodesIn('a', 4, 5), 'a'), 0)
    assert.equal(rateOf(nodesIn('a', 20, 30), 'a'), 0)
    assert.equal(rateOf(nodesIn('a', 20, 31), 'a'), 0.01)
  })

  test('needs more than two nodes that are down to be disrupted', () => {
    assert.equal(rateOf(nodesIn('a', 1, 2), 'a'), 0.1)
    assert.equal(rateOf(nodesIn('a', 1, 3), 'a'), 0)
  })

  test('is the normal one where all of a zone is down, as long as another zone is up', () => {
    const nodes = [...nodesIn('a', 0, 5), ...nodesIn('b', 1, 0)]
    assert.equal(rateOf(nodes, 'a'), 0.1)
    assert.equal(judgeZones(nodes, rates).allDown, false)
  })

  test('is 0 everywhere when no zone has a node that is ready', () => {
    const nodes = [...nodesIn('a', 0, 1), ...nodesIn('b', 0, 2)]
    const zones = judgeZones(nodes, rates)
    assert.equal(zones.allDown, true)
    assert.deepEqual([...zones.rates.values()], [0, 0])
    assert.equal(judgeZones([], rates).allDown, false)
  })

  test('does not count nodes that are labeled out', () => {
    const [first, ...rest] = nodesIn('a', 0, 4)
    assert.ok(first)
    const labels = { ...first.metadata.labels, 'node.kubernetes.io/exclude-disruption': '' }
    const out = { ...first, metadata: { ...first.metadata, labels } }
    assert.equal(rateOf([out, ...rest, ...nodesIn('a', 3, 0)], 'a'), 0.1)
  })
})

test('a zone is its region and its zone, also by their old labels', () => {
  const of = (labels: Readonly<Record<string, string>>) =>
    nodeZone(nodeWith('n', {}, { metadata: { labels } }))
  assert.equal(of({}), '')
  assert.equal(
    of({ 'topology.kubernetes.io/region': 'r', 'topology.kubernetes.io/zone': 'z' }),
    'r:\0:z',
  )
  assert.equal(of({ 'failure-domain.beta.kubernetes.io/zone': 'z' }), ':\0:z')
})
