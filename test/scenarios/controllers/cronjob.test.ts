import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { cronJobs, events, jobs, pods } from '#api'
import { startCluster, type TestCluster } from './cluster-fixture.ts'

const key = 'default/tick'
const template = {
  spec: { restartPolicy: 'Never', containers: [{ name: 'work', image: 'work' }] },
}

function tick(spec: Readonly<Record<string, unknown>> = {}): unknown {
  const jobTemplate = { spec: { template } }
  return {
    metadata: { name: 'tick', namespace: 'default' },
    spec: { schedule: '*/5 * * * *', jobTemplate, ...spec },
  }
}

/** Goes on to so many milliseconds after the next full five minutes. */
async function toNextTime(cluster: TestCluster, afterMs: number): Promise<number> {
  const periodMs = 300_000
  const timeMs = (Math.floor(cluster.clock.wallMs() / periodMs) + 1) * periodMs
  await cluster.clock.advance(timeMs + afterMs - cluster.clock.wallMs())
  return timeMs
}

async function endAll(cluster: TestCluster, phase: 'Succeeded' | 'Failed'): Promise<void> {
  for (const pod of await cluster.list(pods, 'default')) {
    if (pod.status?.phase !== 'Running') continue
    const patch = { status: { phase } }
    await cluster.client.patch(
      pods,
      pod.metadata,
      { kind: 'merge', patch },
      { subresource: 'status' },
    )
  }
}

const names = async (cluster: TestCluster) =>
  (await cluster.list(jobs, 'default')).map(({ metadata }) => metadata.name)
const recorded = async (cluster: TestCluster) =>
  (await cluster.list(events, 'default'))
    .filter(({ involvedObject }) => involvedObject.kind === 'CronJob')
    .map(({ type, reason }) => `${type} ${reason}`)
const status = async (cluster: TestCluster) => (await cluster.get(cronJobs, key))?.status ?? {}

async function change(cluster: TestCluster, spec: object): Promise<void> {
  await cluster.client.patch(
    cronJobs,
    { namespace: 'default', name: 'tick' },
    { kind: 'merge', patch: { spec } },
  )
}

test('a CronJob makes a Job at each of its times, named after the minute, and sees it complete', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(cronJobs, tick())
  const timeMs = await toNextTime(cluster, 50)
  deepEqual(await names(cluster), [])
  await cluster.clock.advance(5_000)
  const name = `tick-${timeMs / 60_000}`
  deepEqual(await names(cluster), [name])
  const { active = [], lastScheduleTime } = await status(cluster)
  deepEqual(
    active.map((each) => [each.kind, each.name]),
    [['Job', name]],
  )
  equal(Date.parse(lastScheduleTime ?? ''), timeMs)
  await endAll(cluster, 'Succeeded')
  await cluster.clock.advance(5_000)
  const after = await status(cluster)
  equal(after.active, undefined)
  equal(
    after.lastSuccessfulTime,
    (await cluster.get(jobs, `default/${name}`))?.status?.completionTime,
  )
  deepEqual(await recorded(cluster), ['Normal SuccessfulCreate', 'Normal SawCompletedJob'])
})

test('it keeps three that succeeded and one that failed', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(cronJobs, tick({ jobTemplate: { spec: { template, backoffLimit: 0 } } }))
  const made: string[] = []
  for (const phase of [
    'Failed',
    'Succeeded',
    'Failed',
    'Succeeded',
    'Succeeded',
    'Succeeded',
  ] as const) {
    made.push(`tick-${(await toNextTime(cluster, 5_000)) / 60_000}`)
    await endAll(cluster, phase)
    await cluster.clock.advance(10_000)
  }
  deepEqual(await names(cluster), made.slice(2))
  equal((await cluster.list(pods, 'default')).length, 4)
})

test('it waits for the one before where two are forbidden, and runs the last time that it missed', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(cronJobs, tick({ concurrencyPolicy: 'Forbid' }))
  await toNextTime(cluster, 5_000)
  await toNextTime(cluster, 5_000)
  const secondMs = await toNextTime(cluster, 5_000)
  equal((await names(cluster)).length, 1)
  match((await recorded(cluster)).join(), /Normal JobAlreadyActive/)
  await endAll(cluster, 'Succeeded')
  await cluster.clock.advance(5_000)
  equal((await names(cluster)).at(-1), `tick-${secondMs / 60_000}`)
})

test('it replaces the one before where that is asked for', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(cronJobs, tick({ concurrencyPolicy: 'Replace' }))
  await toNextTime(cluster, 5_000)
  const timeMs = await toNextTime(cluster, 5_000)
  deepEqual(await names(cluster), [`tick-${timeMs / 60_000}`])
  equal((await status(cluster)).active?.length, 1)
  equal((await cluster.list(pods, 'default')).length, 1)
  deepEqual(await recorded(cluster), [
    'Normal SuccessfulCreate',
    'Normal SuccessfulDelete',
    'Normal SuccessfulCreate',
  ])
})

test('suspended it makes none, and after that the last that it missed', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(cronJobs, tick({ suspend: true }))
  await toNextTime(cluster, 5_000)
  const timeMs = await toNextTime(cluster, 5_000)
  deepEqual(await names(cluster), [])
  await change(cluster, { suspend: false })
  await cluster.clock.advance(1_000)
  deepEqual(await names(cluster), [`tick-${timeMs / 60_000}`])
})

test('with another schedule it waits for its next time', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(cronJobs, tick({ schedule: '0 0 1 1 *' }))
  await toNextTime(cluster, 5_000)
  await change(cluster, { schedule: '*/5 * * * *' })
  await cluster.clock.advance(60_000)
  deepEqual(await names(cluster), [])
  await toNextTime(cluster, 5_000)
  equal((await names(cluster)).length, 1)
})

test('a Job that somebody took away is missed, and one that somebody put there is noticed', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  const made = await cluster.create(cronJobs, tick())
  await toNextTime(cluster, 5_000)
  const [name = ''] = await names(cluster)
  await cluster.client.delete(
    jobs,
    { namespace: 'default', name },
    { propagationPolicy: 'Background' },
  )
  await cluster.clock.advance(2_000)
  equal((await status(cluster)).active, undefined)
  const { uid } = made.metadata
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'tick', uid, controller: true }
  await cluster.create(jobs, {
    metadata: { name: 'mine', namespace: 'default', ownerReferences: [owner] },
    spec: { template },
  })
  await cluster.clock.advance(2_000)
  const reasons = new Set(await recorded(cluster))
  equal(reasons.has('Normal MissingJob') && reasons.has('Warning UnexpectedJob'), true)
})

test('with a CronJob go its Jobs and their pods', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(cronJobs, tick())
  await toNextTime(cluster, 5_000)
  equal((await names(cluster)).length, 1)
  await cluster.client.delete(cronJobs, { namespace: 'default', name: 'tick' })
  await cluster.clock.advance(30_000)
  deepEqual(await names(cluster), [])
  deepEqual(await cluster.list(pods, 'default'), [])
})
