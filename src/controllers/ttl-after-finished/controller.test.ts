import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Job, jobs } from '#api'
import type { Stored } from '#machinery'
import { loopOf } from '../shared/loop-fixture.ts'
import { nowMs, secondsAgo, storedObject } from '../shared/objects-fixture.ts'
import { expiryMs, ttlAfterFinishedController } from './controller.ts'

type Condition = NonNullable<NonNullable<Job['status']>['conditions']>[number]

function job(ttlSecondsAfterFinished: number | undefined, condition?: Condition): Stored<Job> {
  const spec = ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished }
  return storedObject('job', {
    spec,
    status: condition ? { conditions: [condition] } : {},
  } as unknown as Job)
}

const ended = (type: string, seconds: number, status = 'True'): Condition => ({
  type,
  status,
  lastTransitionTime: secondsAgo(seconds),
})

describe('the time of a finished Job', () => {
  const cases: readonly (readonly [string, Stored<Job>, number | undefined])[] = [
    ['counts from its completion', job(60, ended('Complete', 10)), nowMs + 50_000],
    ['counts from its failure', job(60, ended('Failed', 10)), nowMs + 50_000],
    ['may be nothing', job(0, ended('Complete', 10)), nowMs - 10_000],
    ['does not run while the Job does', job(60), undefined],
    ['does not run while it is suspended', job(60, ended('Suspended', 10)), undefined],
    [
      'does not run for a condition that is False',
      job(60, ended('Failed', 10, 'False')),
      undefined,
    ],
    ['is endless without a limit', job(undefined, ended('Complete', 10)), undefined],
  ]
  for (const [name, given, expected] of cases) {
    test(name, () => assert.equal(expiryMs(given), expected))
  }

  test('is no matter once it is being deleted', () => {
    const { metadata, ...rest } = job(60, ended('Complete', 10))
    const leaving = { ...metadata, deletionTimestamp: secondsAgo(1) }
    assert.equal(expiryMs({ ...rest, metadata: leaving } as Stored<Job>), undefined)
  })
})

describe('a Job whose time is over', () => {
  test('goes in the foreground, as it was when it was looked at', async () => {
    const loop = await loopOf(ttlAfterFinishedController, [[jobs, job(5, ended('Complete', 10))]])
    const { writes } = await loop.reconcile('ns/job')
    assert.deepEqual(writes, [
      {
        what: 'delete jobs ns/job',
        sent: {
          propagationPolicy: 'Foreground',
          preconditions: { uid: 'uid-job', resourceVersion: '2' },
        },
      },
    ])
  })

  test('is waited for', async () => {
    const loop = await loopOf(ttlAfterFinishedController, [[jobs, job(60, ended('Complete', 10))]])
    assert.deepEqual(await loop.reconcile('ns/job'), { writes: [], againInMs: 50_000 })
  })

  test('stays when the API says that its time was prolonged', async () => {
    const loop = await loopOf(ttlAfterFinishedController, [[jobs, job(5, ended('Complete', 10))]])
    loop.put(jobs, job(60, ended('Complete', 10)), 'unheard')
    assert.deepEqual(await loop.reconcile('ns/job'), { writes: [], againInMs: 50_000 })
    loop.remove(jobs, 'ns/job', 'unheard')
    assert.deepEqual((await loop.reconcile('ns/job')).writes, [])
  })
})
