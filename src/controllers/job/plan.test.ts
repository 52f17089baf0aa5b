import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Job, Pod } from '#api'
import type { Stored } from '#machinery'
import { namesOf, nowMs } from '../shared/objects-fixture.ts'
import { formatIndexes, parseIndexes } from './indexes.ts'
import { failed, job, pod, type Spec, seen, succeeded } from './job-fixture.ts'
import { judgeCompletion, judgeEnd } from './judge.ts'
import type { Observed } from './observed.ts'
import { planPods } from './plan.ts'
import { tally } from './tally.ts'

const end = (observed: Observed) => {
  const counted = tally(observed)
  const { job: of } = observed
  return judgeEnd(observed, counted, nowMs) ?? judgeCompletion(of, counted, counted.active.length)
}
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

  test('as soon as a pod fails in a way that is to fail all, in words of why', () => {
    const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }]
    const spec: Spec = { podFailurePolicy: { rules }, completions: 3 }
    assert.equal(end(seen(spec, [failed('a', 5, { exitCode: 1 }), pod('b')])), undefined)
    assert.deepEqual(end(seen(spec, [failed('a', 5, { exitCode: 42 }), pod('b')])), {
      kind: 'failed',
      reason: 'PodFailurePolicy',
      message:
        'Container main for pod ns/a failed with exit code 42 matching FailJob rule at index 0',
    })
  })

  test('not for failures that are to be ignored', () => {
    const rules = [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [1] } }]
    const pods = [failed('a', 5), failed('b', 5), failed('c', 5, { exitCode: 2 })]
    const spec: Spec = { podFailurePolicy: { rules }, backoffLimit: 0 }
    assert.equal(tally(seen(spec, pods)).failed, 1)
    assert.equal(end(seen(spec, pods.slice(0, 2))), undefined)
    assert.equal(end(seen(spec, pods))?.reason, 'BackoffLimitExceeded')
  })

  test('with a limit for each index when too many are given up, or when all are over', () => {
    const spec: Spec = {
      ...{ completionMode: 'Indexed', completions: 4, backoffLimit: 100 },
      backoffLimitPerIndex: 1,
    }
    const once = failed('a', 5, { index: 0, failures: 0 })
    const twice = failed('b', 5, { index: 1, failures: 1 })
    const thrice = failed('c', 5, { index: 2, failures: 1 })
    assert.deepEqual([...tally(seen(spec, [once, twice])).failedIndexes], [1])
    assert.equal(end(seen({ ...spec, maxFailedIndexes: 1 }, [once, twice])), undefined)
    assert.deepEqual(end(seen({ ...spec, maxFailedIndexes: 1 }, [twice, thrice])), {
      kind: 'failed',
      reason: 'MaxFailedIndexesExceeded',
      message: 'Job has exceeded the specified maximal number of failed indexes',
    })
    const others = { completedIndexes: '0,3', failedIndexes: '2' }
    assert.deepEqual(end(seen(spec, [twice], others)), {
      kind: 'failed',
      reason: 'FailedIndexes',
      message: 'Job has failed indexes',
    })
  })

  test('when enough indexes have succeeded for its policy, though others still run', () => {
    const spec: Spec = {
      ...{ completionMode: 'Indexed', completions: 4, parallelism: 4 },
      successPolicy: { rules: [{ succeededIndexes: '1-2' }, { succeededCount: 3 }] },
    }
    const of = (index: number) => succeeded(`s${index}`, 5, { index })
    assert.equal(end(seen(spec, [of(0), of(1), pod('b', { index: 2 })])), undefined)
    assert.deepEqual(end(seen(spec, [of(1), of(2), pod('b', { index: 3 })])), {
      kind: 'complete',
      reason: 'SuccessPolicy',
      message: 'Matched rules at index 0',
    })
    const three = end(seen(spec, [of(0), of(1), of(3)]))
    assert.equal(three?.message, 'Matched rules at index 1')
  })

  test('in the way that it was once told to end in', () => {
    const [status, reason, message] = ['True', 'SuccessPolicy', 'Matched rules at index 0']
    const conditions = [{ type: 'SuccessCriteriaMet', status, reason, message }]
    const many = [failed('a', 5), failed('b', 5)]
    const ended = end(seen({ backoffLimit: 0 }, many, { conditions }))
    assert.deepEqual(ended, { kind: 'complete', reason, message })
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

  test('wait after they were deleted too, and after failures that nobody sees any more', () => {
    const wait = (observed: Observed) => plan(observed).againInMs
    // It was deleted a second ago.
    assert.equal(wait(seen({}, [pod('a', { leaving: true })])), 9_000)
    const backOff = { failures: 3, lastFailureMs: nowMs - 1_000 }
    assert.equal(wait({ ...seen({}, []), backOff }), 39_000)
    assert.equal(wait({ ...seen({ completions: 9 }, [succeeded('a', 1)]), backOff }), undefined)
    // After a restart, what was counted and still stands.
    assert.equal(wait(seen({ completions: 9 }, [failed('a', 1, { counted: true })])), 9_000)
  })

  test('of one index go until there is one, and those without an index of theirs', () => {
    const spec: Spec = { completionMode: 'Indexed', completions: 2, parallelism: 2 }
    const pods = [
      pod('old', { index: 0, readyFor: 50 }),
      pod('new', { index: 0, phase: 'Pending' }),
      pod('beyond', { index: 2 }),
      pod('none'),
      pod('one', { index: 1 }),
    ]
    assert.deepEqual(namesOf(plan(seen(spec, pods)).remove).toSorted(), ['beyond', 'new', 'none'])
  })

  test('with a limit for each index wait for their own failures only', () => {
    const spec: Spec = {
      ...{ completionMode: 'Indexed', completions: 3, parallelism: 3, backoffLimit: 100 },
      backoffLimitPerIndex: 5,
    }
    const pods = [
      failed('a', 5, { index: 0, failures: 1 }),
      failed('b', 5, { index: 1, failures: 0, counted: true }),
    ]
    assert.deepEqual(plan(seen(spec, pods)), { create: [1, 2], remove: [] })
    const busy = [...pods, pod('c', { index: 1 }), pod('d', { index: 2 })]
    assert.deepEqual(plan(seen(spec, busy)), { create: [], remove: [], againInMs: 15_000 })
    // The first index is given up.
    const over = plan(seen({ ...spec, backoffLimitPerIndex: 1 }, busy))
    assert.deepEqual(over, { create: [], remove: [] })
  })

  test('with indexes take the lowest that are free', () => {
    const spec: Spec = { completionMode: 'Indexed', completions: 6, parallelism: 3 }
    const existing = [succeeded('a', 5, { index: 0 }), pod('b', { index: 2 })]
    assert.deepEqual(plan(seen(spec, existing, { completedIndexes: '1' })).create, [3, 4])
    assert.deepEqual(plan(seen(spec, [])).create, [0, 1, 2])
  })
})

test('indexes are written as upstream does', () => {
  assert.equal(formatIndexes([5, 3, 4, 1]), '1,3-5')
  assert.equal(formatIndexes([0, 1]), '0,1')
  assert.equal(formatIndexes([]), '')
  assert.deepEqual([...parseIndexes('1,3-5,7')], [1, 3, 4, 5, 7])
  assert.deepEqual([...parseIndexes(undefined)], [])
})
