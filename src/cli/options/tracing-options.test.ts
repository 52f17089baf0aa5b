import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { refuseTracing, tracingOf } from './tracing-options.ts'

test('a configuration of traces is found from wherever the cluster is started, and not simulated', () => {
  assert.deepEqual(tracingOf({}), {})
  assert.doesNotThrow(() => refuseTracing({}))
  const flags = { tracingConfigFile: 'tracing.yaml' }
  assert.deepEqual(tracingOf(flags), { tracingConfigFile: resolve('tracing.yaml') })
  assert.throws(() => refuseTracing(flags), { code: 'NothingToTrace' })
})
