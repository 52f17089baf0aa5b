import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPartHealth } from './part-health.ts'

test('a part is well from when it runs until it ends, also by an error', async () => {
  const { checks, run } = createPartHealth(['scheduler'])
  const states = () => checks.map(({ name, check }) => [name, check()])
  assert.deepEqual(states(), [['scheduler', 'scheduler is not running']])
  const end = Promise.withResolvers<void>()
  const running = run('scheduler', () => end.promise)
  assert.deepEqual(states(), [['scheduler', undefined]])
  end.reject(new Error('a defect'))
  await assert.rejects(running, /a defect/)
  assert.deepEqual(states(), [['scheduler', 'scheduler is not running']])
})
