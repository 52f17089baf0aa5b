import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pod, StatefulSet } from '#api'
import type { Stored } from '#machinery'
import { nowMs, type PodTraits, podWith, storedObject } from '../shared/objects-fixture.ts'
import { type Observed, planStatefulSet, statefulSetStatus } from './plan.ts'
import { revisionLabel } from './pod.ts'

type Spec = Partial<NonNullable<StatefulSet['spec']>>

function pod(ordinal: number, revision = 'new', traits: PodTraits = {}): Stored<Pod> {
  const metadata = { labels: { [revisionLabel]: revision } }
  return podWith(`db-${ordinal}`, { node: 'n', readyFor: 100, ...traits, metadata })
}

function observed(spec: Spec, pods: readonly Stored<Pod>[]): Observed {
  const set = storedObject('db', {
    metadata: { generation: 4 },
    spec: { replicas: 3, ...spec },
  } as StatefulSet)
  return { set, pods, currentRevision: 'old', updateRevision: 'new', nowMs }
}

function steps(spec: Spec, pods: readonly Stored<Pod>[]): readonly string[] {
  return planStatefulSet(observed(spec, pods)).map((action) =>
    action.kind === 'create'
      ? `create ${action.ordinal} ${action.revision}`
      : `delete ${action.pod.metadata.name}`,
  )
}

describe('in order', () => {
  test('each pod comes once its predecessors are ready', () => {
    assert.deepEqual(steps({}, []), ['create 0 new'])
    assert.deepEqual(steps({}, [pod(0, 'new', { readyFor: undefined })]), [])
    assert.deepEqual(steps({}, [pod(0)]), ['create 1 new'])
    assert.deepEqual(steps({}, [pod(0), pod(2)]), ['create 1 new'])
    assert.deepEqual(steps({}, [pod(0), pod(1), pod(2)]), [])
  })

  test('ready is not yet available while minReadySeconds last', () => {
    const young = pod(0, 'new', { readyFor: 5 })
    assert.deepEqual(steps({ minReadySeconds: 10 }, [young]), [])
    assert.deepEqual(steps({ minReadySeconds: 5 }, [young]), ['create 1 new'])
  })

  test('pods go from the highest ordinal down, one at a time, all others being well', () => {
    const three = [pod(0), pod(1), pod(2)]
    assert.deepEqual(steps({ replicas: 1 }, three), ['delete db-2'])
    assert.deepEqual(steps({ replicas: 1 }, [pod(0), pod(1), pod(2, 'new', { leaving: true })]), [])
    assert.deepEqual(
      steps({ replicas: 1 }, [pod(0, 'new', { readyFor: undefined }), ...three.slice(1)]),
      [],
    )
  })

  test('a pod that is not well stops those behind it from going, and goes itself when it is the first', () => {
    const unwell = (ordinal: number) => pod(ordinal, 'new', { readyFor: undefined })
    assert.deepEqual(steps({ replicas: 0 }, [unwell(0), unwell(1), unwell(2)]), [])
    assert.deepEqual(steps({ replicas: 0 }, [pod(0), unwell(1), unwell(2)]), [])
    assert.deepEqual(steps({ replicas: 0 }, [unwell(0), pod(1), pod(2)]), ['delete db-2'])
    assert.deepEqual(steps({ replicas: 0 }, [pod(0), pod(1), unwell(2)]), ['delete db-2'])
    const young = [pod(0, 'new', { readyFor: 5 }), pod(1, 'new', { readyFor: 5 })]
    assert.deepEqual(steps({ replicas: 0, minReadySeconds: 10 }, young), [])
  })

  test('a pod that ended is made again', () => {
    assert.deepEqual(steps({}, [pod(0, 'new', { phase: 'Failed' })]), ['delete db-0'])
    assert.deepEqual(steps({}, [pod(0, 'new', { phase: 'Failed', leaving: true })]), [])
  })

  test('ordinals begin where the set says', () => {
    assert.deepEqual(steps({ ordinals: { start: 5 } }, []), ['create 5 new'])
    assert.deepEqual(steps({ replicas: 1, ordinals: { start: 5 } }, [pod(5), pod(0)]), [
      'delete db-0',
    ])
  })

  test('names that only look like it are not its pods', () => {
    assert.deepEqual(steps({ replicas: 0 }, [podWith('db-x'), podWith('db-1-2')]), [])
  })
})

test('in parallel all come and go at once', () => {
  const parallel: Spec = { podManagementPolicy: 'Parallel' }
  assert.deepEqual(steps(parallel, []), ['create 0 new', 'create 1 new', 'create 2 new'])
  assert.deepEqual(steps({ ...parallel, replicas: 0 }, [pod(0), pod(1)]), [
    'delete db-1',
    'delete db-0',
  ])
})

describe('an update', () => {
  const old = [pod(0, 'old'), pod(1, 'old'), pod(2, 'old')]

  test('goes from the highest ordinal down, waiting for each', () => {
    assert.deepEqual(steps({}, old), ['delete db-2'])
    const [zero, one] = old
    assert.ok(zero && one)
    assert.deepEqual(steps({}, [zero, one]), ['create 2 new'])
    assert.deepEqual(steps({}, [zero, one, pod(2)]), ['delete db-1'])
    assert.deepEqual(steps({}, [zero, one, pod(2, 'new', { readyFor: undefined })]), [])
  })

  test('stops at the partition; what is lost below it comes back as it was', () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }
    assert.deepEqual(steps({ updateStrategy }, old), ['delete db-2'])
    const [, one] = old
    assert.ok(one)
    assert.deepEqual(steps({ updateStrategy }, [...old.slice(0, 2), pod(2)]), [])
    assert.deepEqual(steps({ updateStrategy }, [one, pod(2)]), ['create 0 old'])
  })

  test('takes as many at once as may be unavailable', () => {
    const upTo = (maxUnavailable: number | string): Spec => ({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } },
    })
    assert.deepEqual(steps(upTo(2), old), ['delete db-2', 'delete db-1'])
    assert.deepEqual(steps(upTo('70%'), old), ['delete db-2', 'delete db-1'])
    assert.deepEqual(steps(upTo('1%'), old), ['delete db-2'])
  })

  test('in parallel counts what is unavailable, and takes what is not well anyway', () => {
    const parallel: Spec = {
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } },
    }
    const [zero, one, two] = old
    assert.ok(zero && one && two)
    const unwell = (ordinal: number, revision = 'old') =>
      pod(ordinal, revision, { readyFor: undefined })
    assert.deepEqual(steps(parallel, [zero, one, unwell(2, 'new')]), ['delete db-1'])
    assert.deepEqual(steps(parallel, [unwell(0), one, two]), ['delete db-0', 'delete db-2'])
    const broken = [unwell(0), unwell(1), unwell(2)]
    assert.deepEqual(steps(parallel, broken), ['delete db-2', 'delete db-1', 'delete db-0'])
    const leaving = pod(2, 'old', { leaving: true })
    assert.deepEqual(steps(parallel, [zero, one, leaving]), ['delete db-1'])
  })

  test('with OnDelete waits for somebody to delete', () => {
    const updateStrategy = { type: 'OnDelete' }
    assert.deepEqual(steps({ updateStrategy }, old), [])
    assert.deepEqual(steps({ updateStrategy }, old.slice(0, 2)), ['create 2 new'])
  })
})

test('a set that is being deleted does nothing', () => {
  const { set, ...rest } = observed({}, [])
  const metadata = { ...set.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }
  assert.deepEqual(planStatefulSet({ set: { ...set, metadata }, ...rest }), [])
})

describe('the status', () => {
  test('counts by revision', () => {
    const status = statefulSetStatus(
      observed({ minReadySeconds: 50 }, [
        pod(0, 'old'),
        pod(1, 'old', { readyFor: 10 }),
        pod(2, 'new', { readyFor: undefined }),
      ]),
    )
    assert.deepEqual(status, {
      observedGeneration: 4,
      replicas: 3,
      readyReplicas: 2,
      currentReplicas: 2,
      updatedReplicas: 1,
      currentRevision: 'old',
      updateRevision: 'new',
      collisionCount: 0,
      availableReplicas: 1,
    })
  })

  test('takes the new revision for the current one when every pod has it and is ready', () => {
    const all = [pod(0), pod(1), pod(2)]
    assert.equal(statefulSetStatus(observed({}, all)).currentRevision, 'new')
    assert.equal(statefulSetStatus(observed({}, all)).currentReplicas, 3)
    assert.equal(statefulSetStatus(observed({}, all.slice(1))).currentRevision, 'old')
    assert.equal(
      statefulSetStatus(observed({ updateStrategy: { type: 'OnDelete' } }, all)).currentRevision,
      'old',
    )
  })
})
