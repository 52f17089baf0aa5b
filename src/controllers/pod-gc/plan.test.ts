import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api'
import type { Stored } from '#machinery'
import { nodeWith, type PodTraits, podWith, secondsAgo } from '../shared/objects-fixture.ts'
import { findGarbage } from './plan.ts'

const up = nodeWith('up')
const outOfService = {
  spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] },
}
const nodes = new Map([
  ['up', up],
  ['lost', nodeWith('lost', { Ready: 'Unknown' }, outOfService)],
  ['recovering', nodeWith('recovering', { Ready: 'True' }, outOfService)],
])

function found(pods: readonly Stored<Pod>[], terminatedThreshold = 100): readonly string[] {
  const observed = { pods, nodes, missingNodes: new Set(['gone']), terminatedThreshold }
  return findGarbage(observed).map(({ pod, reason }) => `${pod.metadata.name} ${reason}`)
}

const ended = (name: string, age: number, traits: PodTraits = {}) =>
  podWith(name, {
    phase: 'Failed',
    node: 'up',
    ...traits,
    metadata: { creationTimestamp: secondsAgo(age) },
  })

test('pods of nodes that are gone are orphaned; of nodes that are merely down they are not', () => {
  const pods = [
    podWith('a', { node: 'gone' }),
    podWith('b', { node: 'lost' }),
    podWith('c', { node: 'up' }),
  ]
  assert.deepEqual(found(pods), ['a orphaned'])
})

test('pods that leave a node out of service, which is not ready, are ended', () => {
  const leaving = (name: string, node: string) => podWith(name, { node, leaving: true })
  const pods = [leaving('a', 'lost'), leaving('b', 'recovering'), leaving('c', 'up')]
  assert.deepEqual(found(pods), ['a out-of-service'])
})

test('pods that were deleted before they had a node are ended', () => {
  assert.deepEqual(found([podWith('a', { leaving: true }), podWith('b')]), ['a unscheduled'])
})

test('of ended pods beyond the threshold evicted ones go first, then the oldest', () => {
  const evicted = ended('evicted', 1, { status: { phase: 'Failed', reason: 'Evicted' } })
  const pods = [
    ended('old', 300),
    ended('older', 400),
    ended('young', 10),
    evicted,
    podWith('runs', { node: 'up' }),
  ]
  assert.deepEqual(found(pods, 4), [])
  assert.deepEqual(found(pods, 3), ['evicted terminated'])
  assert.deepEqual(found(pods, 2), ['evicted terminated', 'older terminated'])
  assert.deepEqual(found(pods, 0), [], 'a threshold of 0 keeps all')
})
