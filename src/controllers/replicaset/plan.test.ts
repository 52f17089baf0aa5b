import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pod, ReplicaSet } from '#api'
import type { Stored } from '#machinery'
import { namesOf, nowMs, type PodTraits, podWith, storedObject } from '../shared/objects-fixture.ts'
import { msUntilAvailable, type Observed, planReplicas, replicaSetStatus } from './plan.ts'

function observed(
  replicas: number,
  pods: readonly Stored<Pod>[],
  spec: Partial<NonNullable<ReplicaSet['spec']>> = {},
): Observed {
  const template = { metadata: { labels: { app: 'web' } } }
  const set = storedObject('web', {
    metadata: { generation: 3 },
    spec: { replicas, selector: {}, template, ...spec },
  } as ReplicaSet)
  return { set, pods, relatedPods: () => pods }
}

const pods = (traits: Readonly<Record<string, PodTraits>>) =>
  Object.entries(traits).map(([name, each]) => podWith(name, each))

const on = { node: 'n', readyFor: 100 }

describe('the number of pods', () => {
  test('is filled up, without those that ended or leave', () => {
    const activePods = pods({ a: on, b: { phase: 'Failed' }, c: { ...on, leaving: true } })
    assert.deepEqual(planReplicas(observed(3, activePods), nowMs), { create: 2, remove: [] })
  })

  test('changes by at most 500 in one go', () => {
    assert.equal(planReplicas(observed(2000, []), nowMs).create, 500)
    const many = Array.from({ length: 700 }, (_, index) => podWith(`pod-${index}`, on))
    assert.equal(planReplicas(observed(0, many), nowMs).remove.length, 500)
  })

  test('of a ReplicaSet that is being deleted is left alone', () => {
    const { set } = observed(3, [])
    const metadata = { ...set.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }
    const leaving = { set: { ...set, metadata }, pods: [], relatedPods: () => [] }
    assert.deepEqual(planReplicas(leaving as Observed, nowMs), { create: 0, remove: [] })
  })
})

/** Each row: the pod that goes first, and one that stays. */
const order: readonly (readonly [string, PodTraits, PodTraits])[] = [
  ['without a node before with one', {}, on],
  ['pending before running', { node: 'n', phase: 'Pending' }, { node: 'n' }],
  ['not ready before ready', { node: 'n' }, on],
  [
    'cheaper before dearer',
    { ...on, metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } } },
    on,
  ],
  ['ready for less time first', { node: 'n', readyFor: 10 }, { node: 'n', readyFor: 1000 }],
  ['restarted more often first', { ...on, restarts: 4 }, { ...on, restarts: 1 }],
  ['younger first', { ...on, metadata: { creationTimestamp: '2026-01-01T11:59:00Z' } }, on],
]

describe('which pods go first', () => {
  for (const [rule, first, stays] of order) {
    test(rule, () => {
      const { remove } = planReplicas(observed(1, pods({ stays, first })), nowMs)
      assert.deepEqual(namesOf(remove), ['first'])
      const turned = planReplicas(observed(1, pods({ first, stays })), nowMs)
      assert.deepEqual(namesOf(turned.remove), ['first'])
    })
  }

  test('those on nodes where more of the same owner stand', () => {
    const activePods = pods({ a: on, b: { ...on, node: 'crowded' }, c: { ...on, node: 'crowded' } })
    const { remove } = planReplicas(observed(2, activePods), nowMs)
    assert.deepEqual(namesOf(remove), ['b'])
  })
})

describe('the status', () => {
  test('keeps the words of a failure while it lasts, whatever pod name a later one draws', () => {
    const failure = (name: string) => ({
      reason: 'FailedCreate',
      message: `pods "${name}" is forbidden`,
    })
    const first = observed(1, [])
    const status = replicaSetStatus(first, failure('web-a'), nowMs)
    assert.equal(status.conditions?.[0]?.message, 'pods "web-a" is forbidden')
    const held = { ...first, set: { ...first.set, status } }
    assert.deepEqual(replicaSetStatus(held, failure('web-b'), nowMs + 60_000), status)
    assert.equal(replicaSetStatus(held, undefined, nowMs).conditions, undefined)
  })

  test('counts what stands, is ready, available and fully labeled', () => {
    const labels = { app: 'web' }
    const activePods = pods({
      fresh: { ...on, readyFor: 5, metadata: { labels } },
      settled: { ...on, readyFor: 50, metadata: { labels } },
      unlabeled: { node: 'n' },
      leaving: { ...on, leaving: true },
      over: { phase: 'Succeeded' },
    })
    assert.deepEqual(
      replicaSetStatus(observed(3, activePods, { minReadySeconds: 30 }), undefined, nowMs),
      {
        replicas: 3,
        fullyLabeledReplicas: 2,
        readyReplicas: 2,
        availableReplicas: 1,
        terminatingReplicas: 1,
        observedGeneration: 3,
      },
    )
  })

  test('is due again when the next pod becomes available', () => {
    const activePods = pods({ a: { ...on, readyFor: 5 }, b: { ...on, readyFor: 20 } })
    assert.equal(msUntilAvailable(observed(2, activePods, { minReadySeconds: 30 }), nowMs), 10_000)
    assert.equal(msUntilAvailable(observed(2, activePods), nowMs), undefined)
  })
})
