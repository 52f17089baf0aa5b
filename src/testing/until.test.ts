import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from './index.ts'

test('what does not come is told with the end of the log, at the end of its time', async () => {
  await using cluster = await simulate()
  const startMs = cluster.elapsedMs
  await assert.rejects(
    cluster.until(() => cluster.pod('none').ready, { within: '1m' }),
    { code: 'NotReached', message: /did not hold within 1m; the log ends:\n.*NodeReady/s },
  )
  assert.equal(cluster.elapsedMs, startMs + 60_000)
})

test('a condition that gives a promise is refused before time moves', async () => {
  await using cluster = await simulate()
  const startMs = cluster.elapsedMs
  const condition = (async () => Promise.reject(new Error('never asked for'))) as never
  await assert.rejects(cluster.until(condition), { code: 'InvalidCondition' })
  assert.equal(cluster.elapsedMs, startMs)
})
