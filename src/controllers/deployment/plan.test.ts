import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Deployment, DeploymentCondition, ReplicaSet } from '#api'
import type { Stored } from '#machinery'
import { nowMs, secondsAgo, storedObject } from '../shared/objects-fixture.ts'
import { type DeploymentAction, type Observed, planDeployment } from './plan.ts'
import { newReplicaSet } from './replica-sets.ts'

interface Wish {
  readonly replicas?: number
  readonly image?: string
  readonly surge?: number
  readonly unavailable?: number
  readonly type?: string
  readonly paused?: boolean
  readonly deadline?: number
  readonly history?: number
  readonly annotations?: Readonly<Record<string, string>>
  readonly status?: Deployment['status']
}

function deployment(wish: Wish = {}): Stored<Deployment> {
  const { replicas = 3, image = 'web:1', type = 'RollingUpdate', surge = 1, unavailable = 0 } = wish
  return storedObject('web', {
    metadata: { generation: 1, annotations: wish.annotations ?? {} },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image }] },
      },
      strategy: { type, rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
      ...(wish.paused === undefined ? {} : { paused: wish.paused }),
      progressDeadlineSeconds: wish.deadline ?? 600,
      revisionHistoryLimit: wish.history ?? 10,
    },
    status: wish.status ?? {},
  } as Deployment)
}

interface Existing {
  readonly image: string
  readonly revision: number
  readonly replicas: number
  readonly available?: number
  /** Seconds ago. */
  readonly made?: number
  readonly conditions?: NonNullable<ReplicaSet['status']>['conditions']
  readonly annotations?: Readonly<Record<string, string>>
}

/** The ReplicaSet that the Deployment made while it had another image. */
function replicaSet(wish: Wish, existing: Existing): Stored<ReplicaSet> {
  const { image, revision, replicas, available = replicas, made = 100 - revision } = existing
  const made_ = newReplicaSet(deployment({ ...wish, image }), replicas, BigInt(revision))
  const { name, ...metadata } = made_.metadata
  return storedObject(name, {
    ...made_,
    metadata: {
      ...metadata,
      creationTimestamp: secondsAgo(made),
      generation: 1,
      annotations: { ...metadata.annotations, ...existing.annotations },
    },
    status: {
      replicas,
      readyReplicas: available,
      availableReplicas: available,
      observedGeneration: 1,
      ...(existing.conditions ? { conditions: existing.conditions } : {}),
    },
  } as ReplicaSet)
}

/** What is planned, with ReplicaSets by their images. */
function plan(wish: Wish, existing: readonly Existing[], oldPodsRunning = false) {
  const replicaSets = existing.map((each) => replicaSet(wish, each))
  const observed: Observed = { deployment: deployment(wish), replicaSets, oldPodsRunning }
  const { actions, againInMs } = planDeployment(observed, nowMs)
  return { steps: actions.flatMap(stepOf), status: statusIn(actions), againInMs, actions }
}

function imageOf({ spec }: ReplicaSet): string {
  return spec?.template?.spec?.containers[0]?.image ?? ''
}

function stepOf(action: DeploymentAction): readonly string[] {
  if (action.kind === 'status') return []
  if (action.kind === 'resize') {
    return [`${imageOf(action.resize.replicaSet)} to ${action.resize.replicas}`]
  }
  const { replicaSet: set } = action
  return [
    `${action.kind} ${imageOf(set)}${action.kind === 'create' ? ` ${set.spec?.replicas}` : ''}`,
  ]
}

function statusIn(actions: readonly DeploymentAction[]) {
  return actions.find((action) => action.kind === 'status')
}

function condition(of: ReturnType<typeof statusIn>, type: string): DeploymentCondition | undefined {
  return of?.status.conditions?.find((each) => each.type === type)
}

const one = { image: 'web:1', revision: 1, replicas: 3 }

describe('a rolling update', () => {
  test('begins with a new ReplicaSet of the size that the surge leaves', () => {
    assert.deepEqual(plan({}, []).steps, ['create web:1 3'])
    assert.deepEqual(plan({ image: 'web:2', surge: 1 }, [one]).steps, ['create web:2 1'])
    assert.deepEqual(plan({ image: 'web:2', surge: 0, unavailable: 1 }, [one]).steps, [
      'create web:2 0',
    ])
  })

  test('takes old pods away only as far as enough stay available', () => {
    const fresh = { image: 'web:2', revision: 2, replicas: 1 }
    const wish = { image: 'web:2' }
    assert.deepEqual(plan(wish, [one, { ...fresh, available: 0 }]).steps, [])
    assert.deepEqual(plan(wish, [one, fresh]).steps, ['web:1 to 2'])
    assert.deepEqual(plan(wish, [{ ...one, replicas: 2 }, fresh]).steps, ['web:2 to 2'])
    assert.deepEqual(
      plan(wish, [
        { ...one, replicas: 1 },
        { ...fresh, replicas: 3 },
      ]).steps,
      ['web:1 to 0'],
    )
  })

  test('takes away first what is not available anyway, of the oldest ReplicaSets', () => {
    const wish = { replicas: 4, image: 'web:3', surge: 1, unavailable: 1 }
    const broken = { image: 'web:2', revision: 2, replicas: 2, available: 0 }
    const { steps } = plan(wish, [
      { ...one, replicas: 3 },
      broken,
      { image: 'web:3', revision: 3, replicas: 0 },
    ])
    assert.deepEqual(steps, ['web:2 to 0'])
  })

  test('goes back to a ReplicaSet that has the template already, as its newest revision', () => {
    const two = { image: 'web:2', revision: 2, replicas: 3 }
    const { actions } = plan({ image: 'web:1' }, [{ ...one, replicas: 0 }, two])
    const [refresh] = actions
    assert.ok(refresh?.kind === 'refresh')
    assert.equal(imageOf(refresh.replicaSet), 'web:1')
    const { annotations } = refresh.replicaSet.metadata
    assert.equal(annotations?.['deployment.kubernetes.io/revision'], '3')
    assert.equal(annotations?.['deployment.kubernetes.io/revision-history'], '1')
  })
})

describe('Recreate', () => {
  const wish = { type: 'Recreate', image: 'web:2' }

  test('ends all old pods, waits for the last, and only then makes new ones', () => {
    assert.deepEqual(plan(wish, [one], true).steps, ['web:1 to 0'])
    assert.deepEqual(plan(wish, [{ ...one, replicas: 0 }], true).steps, [])
    assert.deepEqual(plan(wish, [{ ...one, replicas: 0 }]).steps, ['create web:2 3'])
  })
})

describe('a change of size', () => {
  const scaled = (replicas: number, more: Wish = {}) => ({ ...more, replicas })
  const before = { replicas: 10, surge: 5 }
  const desired = (replicas: number, most: number) => ({
    'deployment.kubernetes.io/desired-replicas': String(replicas),
    'deployment.kubernetes.io/max-replicas': String(most),
  })

  test('goes to the only ReplicaSet at once', () => {
    const set = { ...one, annotations: desired(3, 4) }
    assert.deepEqual(plan(scaled(7), [set]).steps, ['web:1 to 7'])
  })

  test('in the middle of a rollout is shared in proportion', () => {
    const annotations = desired(10, 15)
    const sets = [
      { image: 'web:1', revision: 1, replicas: 10, annotations },
      { image: 'web:2', revision: 2, replicas: 5, annotations },
    ]
    const { steps } = plan(scaled(20, { ...before, image: 'web:2' }), sets)
    assert.deepEqual(steps, ['web:1 to 17', 'web:2 to 8'])
  })

  test('is done while the Deployment is paused, a new template is not', () => {
    const set = { ...one, annotations: desired(3, 4) }
    const wish = { paused: true, image: 'web:2', replicas: 5 }
    const { steps, status } = plan(wish, [set])
    assert.deepEqual(steps, ['web:1 to 5'])
    assert.equal(condition(status, 'Progressing')?.reason, 'DeploymentPaused')
    assert.equal(condition(status, 'Progressing')?.message, 'Deployment is paused')
  })
})

describe('the status', () => {
  const progressing = (reason: string, updated: number): DeploymentCondition => ({
    type: 'Progressing',
    status: reason === 'ProgressDeadlineExceeded' ? 'False' : 'True',
    reason,
    message: '',
    lastUpdateTime: secondsAgo(updated),
    lastTransitionTime: secondsAgo(updated),
  })

  test('says which ReplicaSet was made, found or has arrived', () => {
    const created = condition(plan({}, []).status, 'Progressing')
    assert.match(created?.message ?? '', /^Created new replica set "web-[a-z0-9]+"$/)
    assert.equal(created?.reason, 'NewReplicaSetCreated')
    const known = { status: { replicas: 3, updatedReplicas: 3, unavailableReplicas: 3 } }
    const found = condition(plan(known, [{ ...one, available: 0 }]).status, 'Progressing')
    assert.equal(found?.reason, 'FoundNewReplicaSet')
    const wish = { status: { conditions: [progressing('ReplicaSetUpdated', 10)] } }
    const done = condition(plan(wish, [one]).status, 'Progressing')
    assert.equal(done?.reason, 'NewReplicaSetAvailable')
    assert.match(done?.message ?? '', /^ReplicaSet "web-[a-z0-9]+" has successfully progressed\.$/)
  })

  test('tells whether enough are available', () => {
    const of = (available: number) =>
      condition(plan({ unavailable: 1 }, [{ ...one, available }]).status, 'Available')
    assert.equal(of(2)?.reason, 'MinimumReplicasAvailable')
    assert.equal(of(1)?.reason, 'MinimumReplicasUnavailable')
    assert.equal(of(1)?.message, 'Deployment does not have minimum availability.')
  })

  test('gives up at the deadline, and looks again a second after it before', () => {
    const stuck = { ...one, available: 0 }
    const status = { replicas: 3, updatedReplicas: 3, unavailableReplicas: 3 }
    const waiting = (seconds: number) => ({
      deadline: 60,
      status: { ...status, conditions: [progressing('ReplicaSetUpdated', seconds)] },
    })
    assert.equal(plan(waiting(59), [stuck]).againInMs, 2000)
    const late = plan(waiting(60), [stuck])
    assert.equal(late.againInMs, undefined)
    const given = condition(late.status, 'Progressing')
    assert.equal(given?.reason, 'ProgressDeadlineExceeded')
    assert.equal(given?.status, 'False')
    assert.match(given?.message ?? '', /^ReplicaSet ".*" has timed out progressing\.$/)
  })

  test('carries a failure to make pods up from the ReplicaSet', () => {
    const message = 'pods "web-1" is forbidden: exceeded quota'
    const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }
    const shown = plan({}, [{ ...one, available: 0, conditions: [failure] }]).status
    assert.deepEqual(
      [condition(shown, 'ReplicaFailure')?.reason, condition(shown, 'ReplicaFailure')?.message],
      ['FailedCreate', message],
    )
  })
})

describe('old ReplicaSets', () => {
  test('beyond the limit go once the rollout is complete, the oldest first', () => {
    const empty = (revision: number) => ({ image: `web:${revision}`, revision, replicas: 0 })
    const wish = { image: 'web:4', history: 1 }
    const sets = [empty(3), empty(1), empty(2)]
    const arrived = { image: 'web:4', revision: 4, replicas: 3 }
    assert.deepEqual(plan(wish, [...sets, arrived]).steps, ['delete web:1', 'delete web:2'])
    assert.deepEqual(plan(wish, [...sets, { ...arrived, available: 2 }]).steps, [])
  })

  test('that still have pods stay', () => {
    const wish = { image: 'web:2', history: 0 }
    const leaving = { image: 'web:1', revision: 1, replicas: 0 }
    const set = replicaSet(wish, leaving)
    const slow = { ...set, status: { ...set.status, replicas: 1 } }
    const current = replicaSet(wish, { image: 'web:2', revision: 2, replicas: 3 })
    const observed = {
      deployment: deployment(wish),
      replicaSets: [slow, current],
      oldPodsRunning: false,
    }
    const kinds = planDeployment(observed as Observed, nowMs).actions.map(({ kind }) => kind)
    assert.ok(!kinds.includes('delete'))
  })
})

test('what has arrived and says so is left alone; a new revision is told', () => {
  const wish = { annotations: { 'deployment.kubernetes.io/revision': '1' } }
  const first = plan(wish, [one]).status
  assert.ok(first && first.revision === undefined)
  assert.deepEqual(plan({ ...wish, status: first.status }, [one]).actions, [])
  const second = plan({ status: first.status }, [one]).status
  assert.equal(second?.revision, '1')
  assert.equal('unavailableReplicas' in first.status, false, 'a count of zero is left out')
})

test('a revision keeps all digits of a 64-bit integer, and an unreadable one does not count', () => {
  const annotated = (revision: string) => ({
    annotations: { 'deployment.kubernetes.io/revision': revision },
  })
  const old = { image: 'web:0', revision: 1, replicas: 3, ...annotated('3546343826724305832') }
  const broken = { image: 'web:9', revision: 2, replicas: 0, ...annotated('9e99') }
  const observed = {
    deployment: deployment({}),
    replicaSets: [replicaSet({}, old), replicaSet({}, broken)],
    oldPodsRunning: false,
  }
  const { actions } = planDeployment(observed as Observed, nowMs)
  const created = actions.find((action) => action.kind === 'create')
  assert.equal(
    created?.replicaSet.metadata.annotations?.['deployment.kubernetes.io/revision'],
    '3546343826724305833',
  )
})

test('of a Deployment that is being deleted only the status is kept', () => {
  const leaving = deployment({ replicas: 9 })
  const metadata = { ...leaving.metadata, deletionTimestamp: secondsAgo(1) }
  const observed = {
    deployment: { ...leaving, metadata } as Stored<Deployment>,
    replicaSets: [replicaSet({}, one)],
    oldPodsRunning: false,
  }
  assert.deepEqual(
    planDeployment(observed, nowMs).actions.map(({ kind }) => kind),
    ['status'],
  )
})
