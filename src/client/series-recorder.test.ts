import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock, seededRandom } from '#lib'
import type { EventInput, ObjectReference } from './recorder.ts'
import { createSeriesRecorder } from './series-recorder.ts'

const pod: ObjectReference = {
  kind: 'Pod',
  namespace: 'default',
  name: 'web',
  resourceVersion: '7',
}
const failed = (message: string): EventInput => ({
  type: 'Warning',
  reason: 'FailedScheduling',
  action: 'Scheduling',
  message,
})

/** A recorder, and what it wrote: events as they were created, `web x3` for a series. */
function recording() {
  const clock = createVirtualClock()
  const created: Record<string, unknown>[] = []
  const series: string[] = []
  const client = {
    because: () => client,
    create: async (_: unknown, event: Record<string, unknown>) => {
      created.push(event)
      return event
    },
    patch: async (_: unknown, { name }: { name: string }, { patch }: { patch: Patch }) => {
      const at = created.findIndex(({ metadata }) => (metadata as { name: string }).name === name)
      series.push(`${at} x${patch.series.count} ${patch.series.lastObservedTime.slice(11)}`)
    },
  }
  const recorder = createSeriesRecorder({
    client: client as never,
    clock,
    random: seededRandom('events'),
    source: { component: 'default-scheduler' },
    signal: new AbortController().signal,
  })
  return { clock, created, series, recorder }
}

interface Patch {
  readonly series: { readonly count: number; readonly lastObservedTime: string }
}

test('an event says when, who and what was tried, in the fields of the newer API', async () => {
  const { clock, created, recorder } = recording()
  recorder.event(pod, failed('no nodes'))
  await clock.advance(0)
  const [{ metadata, ...event } = {}] = created
  assert.match((metadata as { name: string }).name, /^web\.[0-9a-f]{16}$/)
  assert.deepEqual(event, {
    involvedObject: pod,
    reason: 'FailedScheduling',
    message: 'no nodes',
    source: {},
    type: 'Warning',
    eventTime: '2026-01-01T00:00:00.000000Z',
    action: 'Scheduling',
    reportingComponent: 'default-scheduler',
    reportingInstance: 'default-scheduler-knarr',
  })
})

test('the same again is a series, whatever the message; of another version it is another event', async () => {
  const { clock, created, series, recorder } = recording()
  for (const message of ['a', 'b', 'c']) {
    recorder.event(pod, failed(message))
    await clock.advance(1000)
  }
  recorder.event({ ...pod, resourceVersion: '8' }, failed('a'))
  await clock.advance(0)
  assert.deepEqual([created.length, series], [2, ['0 x2 00:00:01.000000Z']])
})

test('a series has a last word when nothing was added for six minutes', async () => {
  const { clock, created, series, recorder } = recording()
  for (let i = 0; i < 5; i++) {
    recorder.event(pod, failed('a'))
    await clock.advance(60_000)
  }
  await clock.advance(600_000)
  assert.deepEqual(series, ['0 x2 00:01:00.000000Z', '0 x5 00:04:00.000000Z'])
  recorder.event(pod, failed('a'))
  await clock.advance(0)
  assert.equal(created.length, 2)
})

test('one that goes on is written every half hour', async () => {
  const { clock, series, recorder } = recording()
  for (let i = 0; i < 31; i++) {
    recorder.event(pod, failed('a'))
    await clock.advance(60_000)
  }
  assert.deepEqual(
    series.map((each) => each.replace(/ \d\d:.*/, '')),
    ['0 x2', '0 x30'],
  )
})
