import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Runtime } from '#runtime'
import { runtimeFaultOf } from './runtime-fault.ts'

const signal = new AbortController().signal
const faultsOf = (status: () => Promise<unknown>) =>
  runtimeFaultOf({ status } as unknown as Runtime, signal)
const condition = (type: string, status: boolean, reason = '', message = '') => ({
  type,
  status,
  reason,
  message,
})

test('a runtime that is ready has no fault', async () => {
  const conditions = [condition('RuntimeReady', true), condition('NetworkReady', true)]
  assert.deepEqual(await faultsOf(async () => ({ conditions })), {
    runtimeFault: undefined,
    networkFault: undefined,
  })
})

test('what it lacks is told as it says it; what it does not speak of it lacks', async () => {
  const unready = condition(
    'NetworkReady',
    false,
    'NetworkPluginNotReady',
    'cni plugin not initialized',
  )
  assert.deepEqual(await faultsOf(async () => ({ conditions: [unready] })), {
    runtimeFault: 'container runtime not ready: RuntimeReady=false reason: message:',
    networkFault:
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized',
  })
})

test('one that does not answer is down', async () => {
  assert.deepEqual(await faultsOf(() => Promise.reject(new Error('connection refused'))), {
    runtimeFault: '[container runtime is down, connection refused]',
    networkFault: undefined,
  })
})
