import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JobStatus } from '#api'
import { nowMs } from '../shared/objects-fixture.ts'
import type { End } from './end.ts'
import { failed, job, pod, quiet, type Spec, seen, succeeded } from './job-fixture.ts'
import type { Observed } from './observed.ts'
import { countingStatus, eventsOf, type Pass, settledStatus } from './status.ts'
import { tally } from './tally.ts'

const counting = (observed: Observed, pass: Partial<Pass> = {}) =>
  countingStatus(observed, tally(observed), { ...quiet, ...pass })
const status = (observed: Observed, pass: Partial<Pass> = {}) => counting(observed, pass).status
const released = (observed: Observed, pass: Partial<Pass> = {}) =>
  counting(observed, pass).release.map(({ metadata }) => metadata.name)
const types = ({ conditions }: JobStatus) => conditions?.map(({ type }) => type)

const now = '2026-01-01T12:00:00Z'
const done: End = {
  kind: 'complete',
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
}
const over: End = { kind: 'failed', reason: 'BackoffLimitExceeded', message: 'too many' }

describe('the status of a Job', () => {
  test('counts an ended pod once, however often it is interrupted', () => {
    const ended = succeeded('a', 5)
    const first = status(seen({}, [ended]))
    assert.deepEqual(first.uncountedTerminatedPods, { succeeded: ['uid-a'] })
    assert.equal(first.succeeded, undefined)
    const again = status(seen({}, [ended], first))
    assert.deepEqual(again.uncountedTerminatedPods, { succeeded: ['uid-a'] })
    const gone = succeeded('a', 5, { counted: true })
    for (const counted of [
      settledStatus(seen({}, [gone], first), quiet),
      status(seen({}, [gone], first)),
    ]) {
      assert.deepEqual([counted.succeeded, counted.uncountedTerminatedPods], [1, {}])
      assert.equal(status(seen({}, [gone], counted)).succeeded, 1)
    }
  })

  test('announces its end before the last pods have left, and completes after', () => {
    const announced = status(seen({}, [succeeded('a', 5)]), { end: done })
    assert.deepEqual(types(announced), ['SuccessCriteriaMet'])
    assert.equal(announced.completionTime, undefined)
    const left = seen({}, [succeeded('a', 5, { counted: true })], announced)
    assert.deepEqual(types(settledStatus(left, { ...quiet, end: done, terminating: 1 })), [
      'SuccessCriteriaMet',
    ])
    const complete = settledStatus(left, { ...quiet, end: done })
    assert.deepEqual(types(complete), ['SuccessCriteriaMet', 'Complete'])
    assert.deepEqual(complete.conditions?.[1], {
      type: 'Complete',
      status: 'True',
      reason: 'CompletionsReached',
      message: 'Reached expected number of succeeded pods',
      lastProbeTime: now,
      lastTransitionTime: now,
    })
    assert.equal(complete.completionTime, now)
    assert.deepEqual(eventsOf(job({}, announced), complete), [
      { type: 'Normal', reason: 'Completed', message: 'Job completed' },
    ])
    assert.deepEqual(eventsOf(job({}, complete), complete), [])
  })

  test('that has more successes than it asked for says so', () => {
    const many = { conditions: [{ type: 'Complete', status: 'True' }], succeeded: 2 }
    const reasons = eventsOf(job({ completions: 1 }), many).map(({ reason }) => reason)
    assert.deepEqual(reasons, ['TooManySucceededPods', 'Completed'])
  })

  test('that fails counts what still ran as failed; one that succeeds does not', () => {
    const pods = [pod('a'), pod('b', { leaving: true })]
    const patient: Spec = { podReplacementPolicy: 'Failed' }
    const lost = counting(seen(patient, pods), { end: over, terminating: 2 })
    assert.deepEqual(lost.status.uncountedTerminatedPods, { failed: ['uid-a', 'uid-b'] })
    assert.deepEqual(released(seen(patient, pods), { end: over }), ['a', 'b'])
    const won = counting(seen(patient, pods), { end: done, terminating: 2 })
    assert.deepEqual(won.status.uncountedTerminatedPods, {})
    assert.equal(won.release.length, 2)
  })

  test('lets go of what has ended, and of all when the Job is deleted', () => {
    const pods = [pod('a'), pod('b', { leaving: true }), succeeded('c', 1), failed('d', 1)]
    assert.deepEqual(released(seen({}, pods)), ['b', 'c', 'd'])
    assert.deepEqual(released(seen({ podReplacementPolicy: 'Failed' }, pods)), ['c', 'd'])
    const { job: kept, ...rest } = seen({}, pods)
    const leaving = { ...kept, metadata: { ...kept.metadata, deletionTimestamp: now } }
    assert.deepEqual(released({ ...rest, job: leaving }), ['a', 'b', 'c', 'd'])
  })

  test('counts neither what is to be ignored nor what has no index', () => {
    const rules = [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [1] } }]
    const ignoring = seen({ podFailurePolicy: { rules } }, [failed('a', 1)])
    assert.deepEqual(status(ignoring).uncountedTerminatedPods, {})
    assert.deepEqual(released(ignoring), ['a'])
    const indexed: Spec = { completionMode: 'Indexed', completions: 2 }
    const stray = seen(indexed, [failed('a', 1, { index: 2 }), failed('b', 1, { index: 1 })])
    assert.deepEqual(status(stray).uncountedTerminatedPods, { failed: ['uid-b'] })
  })

  test('of one with indexes counts these, not their pods', () => {
    const spec: Spec = { completionMode: 'Indexed', completions: 3 }
    const pods = [
      succeeded('a', 5, { index: 0 }),
      succeeded('b', 5, { index: 0 }),
      succeeded('c', 5, { index: 1 }),
    ]
    const { succeeded: total, completedIndexes, uncountedTerminatedPods } = status(seen(spec, pods))
    assert.deepEqual([total, completedIndexes, uncountedTerminatedPods], [2, '0,1', {}])
    const fewer = seen({ ...spec, completions: 1 }, [], { completedIndexes: '0,1' })
    assert.deepEqual([status(fewer).succeeded, status(fewer).completedIndexes], [1, '0'])
    assert.equal(Object.hasOwn(status(seen(spec, [])), 'failedIndexes'), false)
  })

  test('names the indexes that are given up, and keeps a failed pod until it is replaced', () => {
    const spec: Spec = { completionMode: 'Indexed', completions: 3, backoffLimitPerIndex: 1 }
    assert.equal(status(seen(spec, [])).failedIndexes, '')
    const first = failed('a', 5, { index: 0, failures: 0 })
    assert.deepEqual(released(seen(spec, [first])), [])
    assert.deepEqual(released(seen(spec, [first, pod('b', { index: 0 })])), ['a'])
    const second = failed('b', 5, { index: 0, failures: 1 })
    assert.deepEqual(released(seen(spec, [second])), ['b'])
    const given = status(seen(spec, [second]))
    assert.deepEqual(
      [given.failedIndexes, given.uncountedTerminatedPods],
      ['0', { failed: ['uid-b'] }],
    )
  })

  test('tells that it is suspended and goes on, and forgets when it started', () => {
    const suspended = status(seen({ suspend: true }, []))
    assert.equal(suspended.startTime, undefined)
    assert.deepEqual(
      eventsOf(job(), suspended).map(({ reason }) => reason),
      ['Suspended'],
    )
    const resumed = status(seen({}, [], suspended))
    assert.deepEqual([resumed.conditions?.[0]?.reason, resumed.startTime], ['JobResumed', now])
    assert.deepEqual(
      eventsOf(job({}, suspended), resumed).map(({ reason }) => reason),
      ['Resumed'],
    )
    assert.deepEqual(status(seen({}, [], resumed), { nowMs: nowMs + 5_000 }), resumed)
  })

  test('shows what is active, ready and terminating after the look', () => {
    const { active, ready, terminating } = status(seen({}, []), {
      ...{ active: 2, ready: 1, terminating: 3 },
    })
    assert.deepEqual([active, ready, terminating], [2, 1, 3])
  })
})
