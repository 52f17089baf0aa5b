import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pod, PodDisruptionBudget } from '#api'
import type { Stored } from '#machinery'
import { nowMs, podWith, secondsAgo, storedObject } from '../shared/objects-fixture.ts'
import { budgetStatus, msUntilTimeout } from './plan.ts'

type Spec = NonNullable<PodDisruptionBudget['spec']>
type Status = Partial<NonNullable<PodDisruptionBudget['status']>>

function budget(spec: Spec, status: Status = {}): Stored<PodDisruptionBudget> {
  return storedObject('budget', {
    metadata: { generation: 2 },
    spec,
    status,
  } as PodDisruptionBudget)
}

const ready = (count: number, names = 'p'): readonly Stored<Pod>[] =>
  Array.from({ length: count }, (_, index) => podWith(`${names}${index}`, { readyFor: 10 }))

function allowed(spec: Spec, pods: readonly Stored<Pod>[], expectedScale = pods.length) {
  const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = budgetStatus({
    budget: budget(spec),
    pods,
    expectedScale,
    nowMs,
  })
  return [disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods]
}

describe('a budget allows', () => {
  test('what is healthy beyond the minimum', () => {
    assert.deepEqual(allowed({ minAvailable: 2 }, ready(3)), [1, 3, 2, 3])
    assert.deepEqual(allowed({ minAvailable: 3 }, ready(3)), [0, 3, 3, 3])
    assert.deepEqual(allowed({ minAvailable: 5 }, ready(3)), [0, 3, 5, 3])
  })

  test('shares of the size that the controllers want, rounded up', () => {
    assert.deepEqual(allowed({ minAvailable: '50%' }, ready(3), 5), [0, 3, 3, 5])
    assert.deepEqual(allowed({ maxUnavailable: '30%' }, ready(5), 5), [2, 5, 3, 5])
  })

  test('as many to be unavailable as it says, counting those that are so already', () => {
    assert.deepEqual(allowed({ maxUnavailable: 1 }, ready(3)), [1, 3, 2, 3])
    const oneDown = [...ready(2), podWith('down')]
    assert.deepEqual(allowed({ maxUnavailable: 1 }, oneDown), [0, 2, 2, 3])
    assert.deepEqual(allowed({ maxUnavailable: 5 }, ready(3)), [3, 3, 0, 3])
  })

  test('nothing where it selects nothing', () => {
    assert.deepEqual(allowed({ minAvailable: 0 }, []), [0, 0, 0, 0])
  })

  test('nothing for pods that leave', () => {
    const leaving = podWith('leaving', { readyFor: 10, leaving: true })
    assert.deepEqual(allowed({ minAvailable: 1 }, [...ready(1), leaving]), [0, 1, 1, 2])
  })
})

describe('an eviction that was granted', () => {
  const granted = (name: string, seconds: number) => ({
    disruptedPods: { [name]: secondsAgo(seconds) },
  })
  const status = (held: Status) =>
    budgetStatus({
      budget: budget({ minAvailable: 1 }, held),
      pods: ready(3),
      expectedScale: 3,
      nowMs,
    })

  test('counts until its pod is seen to leave, for two minutes at most', () => {
    const pending = status(granted('p0', 119))
    assert.deepEqual([pending.disruptionsAllowed, pending.currentHealthy], [1, 2])
    assert.deepEqual(pending.disruptedPods, { p0: secondsAgo(119) })
    assert.equal(msUntilTimeout(pending, nowMs), 1000)
    const forgotten = status(granted('p0', 120))
    assert.deepEqual([forgotten.disruptionsAllowed, forgotten.disruptedPods], [2, undefined])
    assert.equal(msUntilTimeout(forgotten, nowMs), undefined)
    assert.equal(status(granted('gone', 1)).disruptedPods, undefined)
  })
})

test('the condition tells whether anything is allowed, and since when', () => {
  const of = (minAvailable: number, held: Status = {}) =>
    budgetStatus({
      budget: budget({ minAvailable }, held),
      pods: ready(3),
      expectedScale: 3,
      nowMs,
    })
  const [condition] = of(2).conditions ?? []
  assert.deepEqual(
    [condition?.type, condition?.status, condition?.reason, condition?.observedGeneration],
    ['DisruptionAllowed', 'True', 'SufficientPods', 2],
  )
  assert.equal(of(3).conditions?.[0]?.reason, 'InsufficientPods')
  const before = secondsAgo(500)
  const held = { conditions: [{ ...condition, lastTransitionTime: before }] } as Status
  assert.equal(of(1, held).conditions?.[0]?.lastTransitionTime, before)
  assert.notEqual(of(3, held).conditions?.[0]?.lastTransitionTime, before)
})
