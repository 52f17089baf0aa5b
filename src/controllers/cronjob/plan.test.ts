import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CronJob, Job } from '#api'
import type { Stored } from '#machinery'
import { namesOf, nowMs, secondsAgo, storedObject } from '../shared/objects-fixture.ts'
import { account } from './account.ts'
import { beyondLimits } from './history.ts'
import { scheduledJob } from './job.ts'
import { type CronJobStart, planStart, untilNextMs } from './plan.ts'

type Spec = Partial<CronJob['spec']>

/** Made an hour ago; the tests' present is noon. */
function cronJob(spec: Spec = {}, status: CronJob['status'] = {}): Stored<CronJob> {
  const jobTemplate = { spec: { template: { spec: { containers: [] } } } }
  const full = { schedule: '*/5 * * * *', concurrencyPolicy: 'Allow', jobTemplate, ...spec }
  return storedObject('tick', { spec: full, status } as CronJob)
}

const reference = (name: string) => ({ kind: 'Job', namespace: 'ns', name, uid: `uid-${name}` })
const minute = 60_000

function job(name: string, status: Job['status'] = {}, made = 600): Stored<Job> {
  return storedObject(name, {
    metadata: { creationTimestamp: secondsAgo(made) },
    status: { startTime: secondsAgo(made), ...status },
  } as Job)
}

const ended = (type: 'Complete' | 'Failed', seconds: number): Job['status'] => ({
  conditions: [{ type, status: 'True' }],
  ...(type === 'Complete' ? { completionTime: secondsAgo(seconds) } : {}),
})

describe('a CronJob starts a Job', () => {
  const lastAt = (minutes: number) => ({ lastScheduleTime: secondsAgo(minutes * 60) })
  const start = (scheduledMs: number, more: Partial<CronJobStart> = {}) =>
    ({ kind: 'start', scheduledMs, replace: [], events: [], ...more }) satisfies CronJobStart
  const wait = (ms: number) => ({ kind: 'wait', againInMs: ms, events: [] })

  test('when its time has come, a tenth of a second after it', () => {
    const atOnce = {
      ...cronJob(),
      metadata: { ...cronJob().metadata, creationTimestamp: secondsAgo(60) },
    }
    assert.deepEqual(planStart(atOnce, nowMs - 1), wait(101))
    assert.deepEqual(planStart(atOnce, nowMs + 100), start(nowMs))
  })

  test('once for each time', () => {
    assert.deepEqual(planStart(cronJob({}, lastAt(0)), nowMs + 100), wait(5 * minute))
    assert.deepEqual(planStart(cronJob({}, lastAt(5)), nowMs + 100), start(nowMs))
    const name = `tick-${nowMs / minute}`
    const active = { active: [reference(name)], ...lastAt(5) }
    assert.deepEqual(planStart(cronJob({}, active), nowMs + 100), wait(5 * minute))
  })

  test('for the last of the times that were missed, and says when they were too many', () => {
    assert.deepEqual(planStart(cronJob({}, lastAt(57)), nowMs), start(nowMs))
    assert.deepEqual(planStart(cronJob({ schedule: '30 6-16/4 * * 1-5' }, lastAt(2000)), nowMs), {
      ...start(nowMs - 90 * minute),
    })
    const many = planStart(cronJob({ schedule: '* * * * *' }, lastAt(200)), nowMs)
    assert.deepEqual(many, {
      ...start(nowMs),
      events: [
        {
          type: 'Warning',
          reason: 'TooManyMissedTimes',
          message:
            'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
        },
      ],
    })
  })

  test('not later than its deadline', () => {
    const hourly = { schedule: '0 * * * *', startingDeadlineSeconds: 60 }
    assert.deepEqual(planStart(cronJob(hourly, lastAt(120)), nowMs + 50_000), start(nowMs))
    const late = planStart(cronJob(hourly, lastAt(120)), nowMs + 61_000)
    assert.deepEqual(late, wait(60 * minute - 61_000 + 100))
  })

  test('not while another one runs, where that is forbidden', () => {
    const active = { active: [reference('tick-1')], ...lastAt(5) }
    assert.deepEqual(planStart(cronJob({ concurrencyPolicy: 'Forbid' }, active), nowMs), {
      ...wait(5 * minute + 100),
      events: [
        {
          type: 'Normal',
          reason: 'JobAlreadyActive',
          message:
            'Not starting job because prior execution is running and concurrency policy is Forbid',
        },
      ],
    })
    const replacing = planStart(cronJob({ concurrencyPolicy: 'Replace' }, active), nowMs)
    assert.deepEqual(replacing, start(nowMs, { replace: active.active }))
    assert.deepEqual(planStart(cronJob({}, active), nowMs), start(nowMs))
  })

  test('not while it is suspended, nor when it goes', () => {
    const nothing = { kind: 'nothing', events: [] }
    assert.deepEqual(planStart(cronJob({ suspend: true }), nowMs), nothing)
    const { metadata, ...rest } = cronJob()
    const leaving = { ...rest, metadata: { ...metadata, deletionTimestamp: secondsAgo(1) } }
    assert.deepEqual(planStart(leaving, nowMs), nothing)
  })

  test('at no time that does not exist, and says so', () => {
    const said = (spec: Spec) => {
      const { kind, events: recorded } = planStart(cronJob(spec), nowMs)
      assert.equal(kind, 'nothing')
      return recorded.map(({ type, reason, message }) => `${type} ${reason}: ${message}`)
    }
    assert.deepEqual(said({ schedule: '59 23 31 2 *' }), [
      'Warning InvalidSchedule: invalid schedule: 59 23 31 2 * : time difference between two schedules is less than 1 second',
    ])
    assert.deepEqual(said({ schedule: 'often' }), [
      'Warning UnparseableSchedule: unparseable schedule: "often" : expected exactly 5 fields, found 1: [often]',
    ])
    assert.deepEqual(said({ timeZone: 'Mars/Olympus' }), [
      'Warning UnknownTimeZone: invalid timeZone: "Mars/Olympus": unknown time zone Mars/Olympus',
    ])
  })

  test('by the clocks of its zone', () => {
    const spec = { schedule: '30 17 * * *', timeZone: 'Asia/Kolkata' }
    assert.deepEqual(planStart(cronJob(spec), nowMs), start(nowMs))
    assert.equal(untilNextMs(cronJob(spec, lastAt(0)), nowMs), 24 * 60 * minute + 100)
  })

  test('every so often, counted from the last', () => {
    const spec = { schedule: '@every 7m' }
    assert.deepEqual(planStart(cronJob(spec, lastAt(15)), nowMs), start(nowMs - minute))
    assert.equal(untilNextMs(cronJob(spec, lastAt(1)), nowMs), 6 * minute + 100)
  })
})

describe('what became of its Jobs', () => {
  const active = { active: [reference('a'), reference('b'), reference('c')] }

  test('is told of those that it knew to run', () => {
    const jobs = [
      job('a'),
      job('b', ended('Complete', 30)),
      job('d', ended('Complete', 20)),
      job('e'),
      job('f', ended('Failed', 5)),
    ]
    const found = account(cronJob({}, active), jobs)
    assert.deepEqual(found.status.active, [reference('a'), reference('c')])
    assert.equal(found.status.lastSuccessfulTime, secondsAgo(20))
    assert.deepEqual(namesOf(found.unknown), ['e'])
    assert.deepEqual(found.missing, [reference('c')])
    assert.deepEqual(found.events, [
      {
        type: 'Normal',
        reason: 'SawCompletedJob',
        message: 'Saw completed job: b, condition: Complete',
      },
    ])
  })

  test('does not go back in time, and leaves no empty list', () => {
    const held = { active: [reference('a')], lastSuccessfulTime: secondsAgo(1) }
    const { status } = account(cronJob({}, held), [job('a', ended('Complete', 30))])
    assert.deepEqual(status, { lastSuccessfulTime: secondsAgo(1) })
  })

  test('is kept as long as its limits say, the oldest going first', () => {
    const jobs = [
      job('s1', ended('Complete', 1), 100),
      job('s2', ended('Complete', 1), 300),
      job('s3', ended('Complete', 1), 200),
      job('f1', ended('Failed', 1), 400),
      job('f2', ended('Failed', 1), 400),
      job('running', {}, 900),
    ]
    const limits = (successfulJobsHistoryLimit?: number, failedJobsHistoryLimit?: number) =>
      namesOf(
        beyondLimits(
          cronJob({
            ...(successfulJobsHistoryLimit === undefined ? {} : { successfulJobsHistoryLimit }),
            ...(failedJobsHistoryLimit === undefined ? {} : { failedJobsHistoryLimit }),
          }),
          jobs,
        ),
      )
    assert.deepEqual(limits(3, 2), [])
    assert.deepEqual(limits(1, 1), ['s2', 's3', 'f1'])
    assert.deepEqual(limits(0), ['s2', 's3', 's1'])
    assert.deepEqual(limits(), [])
  })
})

test('a Job is named after its minute, and says when it was to run', () => {
  const jobTemplate = {
    metadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
    spec: { backoffLimit: 2, template: { spec: { containers: [] } } },
  }
  const made = scheduledJob(cronJob({ jobTemplate, timeZone: 'America/New_York' }), nowMs)
  assert.deepEqual(made.metadata, {
    name: `tick-${nowMs / minute}`,
    namespace: 'ns',
    labels: { a: 'b' },
    annotations: {
      c: 'd',
      'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T07:00:00-05:00',
    },
    ownerReferences: [
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        name: 'tick',
        uid: 'uid-tick',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  })
  assert.equal(made.spec, jobTemplate.spec)
  const { annotations } = scheduledJob(cronJob(), nowMs).metadata
  assert.deepEqual(annotations, {
    'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T12:00:00Z',
  })
})
