import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '../clock/virtual-clock.ts'
import { createMetricRegistry } from '../metrics/registry.ts'
import { readMetrics } from '../metrics/text-format-fixture.ts'
import { createWorkQueue } from './work-queue.ts'
import { createWorkQueueMetrics } from './work-queue-metrics.ts'

test('a queue counts what waits, what is worked on and how long both take', async () => {
  const clock = createVirtualClock()
  const registry = createMetricRegistry()
  const metrics = createWorkQueueMetrics(registry, 'deployment', clock)
  const queue = createWorkQueue(clock, undefined, metrics)
  const read = (name: string, series = '{name="deployment"}') =>
    readMetrics(registry.text()).get(`workqueue_${name}`)?.samples.get(series)
  queue.add('a')
  queue.add('a')
  queue.add('b')
  assert.equal(read('depth'), 2)
  assert.equal(read('adds_total'), 2)
  await clock.advance(500)
  assert.equal(await queue.take(), 'a')
  await clock.advance(2000)
  assert.equal(read('depth'), 1)
  assert.equal(read('queue_duration_seconds', '_sum{name="deployment"}'), 0.5)
  assert.equal(read('unfinished_work_seconds'), 2)
  assert.equal(read('longest_running_processor_seconds'), 2)
  queue.add('a')
  queue.done('a')
  assert.equal(read('work_duration_seconds', '_sum{name="deployment"}'), 2)
  assert.equal(read('adds_total'), 3)
  queue.addRateLimited('c')
  assert.equal(read('retries_total'), 1)
  assert.equal(read('unfinished_work_seconds'), 0)
  queue.close()
  assert.equal(read('depth'), 0)
})
