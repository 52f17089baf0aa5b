import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Job, Pod } from '#api'
import type { Stored } from '#machinery'
import {
  namesOf,
  nowMs,
  type PodTraits,
  podWith,
  secondsAgo,
  stored,
} from '../shared/objects-fixture.ts'
import {
  formatIndexes,
  indexAnnotation,
  type Observed,
  parseIndexes,
  tally,
  trackingFinalizer,
} from './observed.ts'
import { judgeEnd, planPods } from './plan.ts'
import { eventsOf, jobStatus } from './status.ts'

type Spec = Partial<NonNullable<Job['spec']>>

function job(spec: Spec = {}, status: Job['status'] = {}): Stored<Job> {
  const restartPolicy = 'Never'
  const template = { spec: { containers: [], restartPolicy } }
  return stored('job', {
    spec: { completions: 1, parallelism: 1, backoffLimit: 6, template, ...spec },
    status: { startTime: secondsAgo(60), ...status },
  } as Job)
}

interface JobPod extends PodTraits {
  readonly index?: number
  /** Seconds since its container ended. */
  readonly ended?: number
  /** Its end has been counted. */
  readonly counted?: boolean
}

function pod(name: string, { index, ended, counted, ...traits }: JobPod = {}): Stored<Pod> {
  const state = { terminated: { exitCode: 1, finishedAt: secondsAgo(ended ?? 0) } }
  const container = { name: 'main', image: '', imageID: '', ready: false, restartCount: 0, state }
  const { phase = 'Running' } = traits
  return podWith(name, {
    node: 'n',
    ...traits,
    metadata: {
      ...(index === undefined ? {} : { annotations: { [indexAnnotation]: String(index) } }),
      ...(counted ? {} : { finalizers: [trackingFinalizer] }),
    },
    ...(ended === undefined ? {} : { status: { phase, containerStatuses: [container] } }),
  })
}

const failed = (name: string, ended: number, more: JobPod = {}) =>
  pod(name, { phase: 'Failed', ended, ...more })
const succeeded = (name: string, ended: number, more: JobPod = {}) =>
  pod(name, { phase: 'Succeeded', ended, ...more })

const seen = (spec: Spec, pods: readonly Stored<Pod>[], status: Job['status'] = {}): Observed => ({
  job: job(spec, status),
  pods,
})
const end = (observed: Observed) => judgeEnd(observed, tally(observed), nowMs)
const plan = (observed: Observed) => planPods(observed, tally(observed), nowMs)

describe('a Job ends', () => {
  test('when enough pods have succeeded and none is active', () => {
    const enough = [succeeded('a', 5), succeeded('b', 5)]
    assert.equal(end(seen({ completions: 3 }, enough)), undefined)
    assert.equal(end(seen({ completions: 2 }, [...enough, pod('c')])), undefined)
    assert.deepEqual(end(seen({ completions: 2 }, enough)), {
      kind: 'complete',
      reason: 'CompletionsReached',
      message: 'Reached expected number of succeeded pods',
    })
  })

  test('without a number of completions when one has succeeded and the others have ended', () => {
    const queue: Spec = { parallelism: 3 }
    const observed = (pods: readonly Stored<Pod>[]) => {
      const { completions: _, ...spec } = seen(queue, pods).job.spec ?? {}
      return { job: { ...job(), spec } as Stored<Job>, pods }
    }
    assert.equal(end(observed([succeeded('a', 5), pod('b')])), undefined)
    assert.equal(end(observed([succeeded('a', 5)]))?.kind, 'complete')
    assert.deepEqual(plan(observed([succeeded('a', 5), pod('b')])).create, [])
    assert.equal(plan(observed([pod('b')])).create.length, 2)
  })

  test('when more pods have failed than its limit, not when as many', () => {
    const two = [failed('a', 100), failed('b', 50)]
    assert.equal(end(seen({ backoffLimit: 2 }, two)), undefined)
    assert.deepEqual(end(seen({ backoffLimit: 1 }, two)), {
      kind: 'failed',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    })
  })

  test('when containers that restart in place have restarted too often', () => {
    const template = { spec: { containers: [], restartPolicy: 'OnFailure' } }
    const restarted = (restarts: number) => [pod('a', { restarts }), pod('b', { restarts: 1 })]
    assert.equal(end(seen({ template, backoffLimit: 4 }, restarted(2))), undefined)
    assert.equal(
      end(seen({ template, backoffLimit: 4 }, restarted(3)))?.reason,
      'BackoffLimitExceeded',
    )
    assert.equal(end(seen({ template, backoffLimit: 0 }, [pod('a', { restarts: 0 })])), undefined)
    assert.equal(
      end(seen({ backoffLimit: 1 }, restarted(9))),
      undefined,
      'with Never they are none',
    )
  })

  test('at its deadline, unless it is suspended', () => {
    const late = { activeDeadlineSeconds: 60 }
    assert.deepEqual(end(seen(late, [pod('a')])), {
      kind: 'failed',
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
    })
    assert.equal(end(seen({ activeDeadlineSeconds: 61 }, [pod('a')])), undefined)
    assert.equal(end(seen({ ...late, suspend: true }, [])), undefined)
  })

  test('with indexes when each has succeeded once', () => {
    const spec: Spec = { completionMode: 'Indexed', completions: 2 }
    const twice = [succeeded('a', 5, { index: 0 }), succeeded('b', 5, { index: 0 })]
    assert.equal(end(seen(spec, twice)), undefined)
    assert.equal(end(seen(spec, [...twice, succeeded('c', 5, { index: 1 })]))?.kind, 'complete')
    const remembered = { completedIndexes: '1', succeeded: 1 }
    assert.equal(end(seen(spec, twice, remembered))?.kind, 'complete')
  })
})

describe('pods of a Job', () => {
  test('are as many as may run at once, and no more than are still needed', () => {
    assert.equal(plan(seen({ completions: 5, parallelism: 3 }, [])).create.length, 3)
    const done = { succeeded: 4 }
    assert.equal(plan(seen({ completions: 5, parallelism: 3 }, [], done)).create.length, 1)
    assert.deepEqual(plan(seen({ completions: 5, parallelism: 1 }, [pod('a')])).create, [])
  })

  test('are taken away when fewer may run, and all of them while it is suspended', () => {
    const three = [
      pod('a', { readyFor: 5 }),
      pod('b', { phase: 'Pending' }),
      pod('c', { readyFor: 5 }),
    ]
    assert.deepEqual(namesOf(plan(seen({ completions: 9, parallelism: 2 }, three)).remove), ['b'])
    assert.equal(
      plan(seen({ completions: 9, parallelism: 3, suspend: true }, three)).remove.length,
      3,
    )
  })

  test('come again after a failure, each time after twice the wait', () => {
    const wait = (...pods: readonly Stored<Pod>[]) => plan(seen({ completions: 3 }, pods)).againInMs
    assert.equal(wait(failed('a', 1)), 9_000)
    assert.equal(wait(failed('a', 10)), undefined)
    assert.equal(wait(failed('a', 30), failed('b', 1)), 19_000)
    assert.equal(wait(failed('a', 99), failed('b', 50), failed('c', 1)), 39_000)
    assert.equal(
      wait(failed('a', 30), succeeded('s', 20), failed('b', 1)),
      9_000,
      'since a success',
    )
    const many = Array.from({ length: 20 }, (_, index) => failed(`f${index}`, 1))
    assert.equal(wait(...many), 599_000)
  })

  test('that leave are replaced at once, or when they have ended if so asked', () => {
    const leaving = [pod('a', { leaving: true })]
    // Leaving counts as failing where it is replaced at once.
    assert.equal(tally(seen({}, leaving)).failed, 1)
    const patient: Spec = { podReplacementPolicy: 'Failed' }
    assert.equal(tally(seen(patient, leaving)).failed, 0)
    assert.deepEqual(plan(seen(patient, leaving)).create, [])
  })

  test('with indexes take the lowest that are free', () => {
    const spec: Spec = { completionMode: 'Indexed', completions: 6, parallelism: 3 }
    const standing = [succeeded('a', 5, { index: 0 }), pod('b', { index: 2 })]
    assert.deepEqual(plan(seen(spec, standing, { completedIndexes: '1' })).create, [3, 4])
    assert.deepEqual(plan(seen(spec, [])).create, [0, 1, 2])
  })
})

describe('the status of a Job', () => {
  const status = (observed: Observed, over?: ReturnType<typeof judgeEnd>) =>
    jobStatus(observed, tally(observed), { end: over, nowMs })

  test('counts an ended pod once, however often it is interrupted', () => {
    const ended = succeeded('a', 5)
    const first = status(seen({}, [ended]))
    assert.deepEqual(first.uncountedTerminatedPods, { succeeded: ['uid-a'] })
    assert.equal(first.succeeded, undefined)
    const again = status(seen({}, [ended], first))
    assert.deepEqual(again.uncountedTerminatedPods, { succeeded: ['uid-a'] })
    const released = succeeded('a', 5, { counted: true })
    const counted = status(seen({}, [released], first))
    assert.deepEqual([counted.succeeded, counted.uncountedTerminatedPods], [1, {}])
    const later = status(seen({}, [released], counted))
    assert.equal(later.succeeded, 1)
  })

  test('announces its end before the last pods have left, and completes after', () => {
    const done = end(seen({}, [succeeded('a', 5)]))
    const announced = status(seen({}, [succeeded('a', 5)]), done)
    assert.deepEqual(
      announced.conditions?.map(({ type }) => type),
      ['SuccessCriteriaMet'],
    )
    assert.equal(announced.completionTime, undefined)
    const over = status(seen({}, [succeeded('a', 5, { counted: true })], announced), done)
    assert.deepEqual(
      over.conditions?.map(({ type }) => type),
      ['SuccessCriteriaMet', 'Complete'],
    )
    assert.equal(over.completionTime, '2026-01-01T12:00:00Z')
    assert.deepEqual(eventsOf(job({}, announced), over), [
      { type: 'Normal', reason: 'Completed', message: 'Job completed' },
    ])
    assert.deepEqual(eventsOf(job({}, over), over), [])
  })

  test('tells that it is suspended and goes on, and forgets when it started', () => {
    const suspended = status(seen({ suspend: true }, []))
    assert.equal(suspended.startTime, undefined)
    assert.deepEqual(
      eventsOf(job(), suspended).map(({ reason }) => reason),
      ['Suspended'],
    )
    const resumed = status(seen({}, [], suspended))
    assert.equal(resumed.conditions?.[0]?.reason, 'JobResumed')
    assert.deepEqual(
      eventsOf(job({}, suspended), resumed).map(({ reason }) => reason),
      ['Resumed'],
    )
  })

  test('counts what is active, ready and terminating', () => {
    const pods = [pod('a', { readyFor: 5 }), pod('b'), pod('c', { leaving: true })]
    const { active, ready, terminating } = status(seen({ podReplacementPolicy: 'Failed' }, pods))
    assert.deepEqual([active, ready, terminating], [2, 1, 1])
  })
})

test('indexes are written as upstream does', () => {
  assert.equal(formatIndexes([5, 3, 4, 1]), '1,3-5')
  assert.equal(formatIndexes([0, 1]), '0,1')
  assert.equal(formatIndexes([]), '')
  assert.deepEqual([...parseIndexes('1,3-5,7')], [1, 3, 4, 5, 7])
  assert.deepEqual([...parseIndexes(undefined)], [])
})
