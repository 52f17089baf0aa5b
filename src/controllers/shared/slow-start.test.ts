import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slowStart } from './slow-start.ts'

/** Runs `count` pieces of which those from `failsFrom` on fail; tells how many began together. */
async function run(count: number, failsFrom = Number.POSITIVE_INFINITY) {
  const batches: number[] = []
  let running = 0
  const result = await slowStart(count, async (index) => {
    running++
    await undefined
    if (running > 0) batches.push(running)
    running = 0
    if (index >= failsFrom) throw new Error(`no ${index}`)
  })
  return { ...result, batches }
}

test('batches double', async () => {
  const { succeeded, batches } = await run(10)
  assert.equal(succeeded, 10)
  assert.deepEqual(batches, [1, 2, 4, 3])
})

test('a systematic failure costs one call', async () => {
  const { succeeded, batches, error } = await run(500, 0)
  assert.equal(succeeded, 0)
  assert.deepEqual(batches, [1])
  assert.equal((error as Error).message, 'no 0')
})

test('the batch of a failure is finished and counted, and none follows', async () => {
  const { succeeded, batches } = await run(500, 4)
  assert.equal(succeeded, 4)
  assert.deepEqual(batches, [1, 2, 4])
})
