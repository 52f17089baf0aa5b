import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testWorld } from '../model/kubelet-fixture.ts'
import { createRuntimeState } from './runtime-state.ts'

const { signal } = new AbortController()
const condition = (type: string, status: boolean, reason = '', message = '') => ({
  type,
  status,
  reason,
  message,
})
const well = [condition('RuntimeReady', true), condition('NetworkReady', true)]

/** A runtime that says what it is told to; without anything it does not answer. */
function runtimeThatSays(conditions: readonly unknown[] | undefined) {
  const said = { conditions, unwatched: undefined as string | undefined }
  const { world, clock } = testWorld()
  const status = async () => {
    if (!said.conditions) throw new Error('connection refused')
    return said
  }
  const state = createRuntimeState({ ...world, runtime: { status } } as never, () => said.unwatched)
  return { said, clock, state }
}

test('a runtime that nobody has looked at yet is not known to be well', () => {
  const { state } = runtimeThatSays(well)
  assert.equal(
    state.fault(),
    '[container runtime status check may not have completed yet, network state unknown]',
  )
  assert.equal(state.networkFault(), 'network state unknown')
})

test('one that is ready lacks nothing', async () => {
  const { state } = runtimeThatSays(well)
  await state.updateRuntimeUp(signal)
  assert.deepEqual([state.fault(), state.networkFault()], [undefined, undefined])
})

test('what it lacks is told at once, as it says it', async () => {
  const unready = condition('NetworkReady', false, 'NetworkPluginNotReady', 'cni plugin not there')
  const { state } = runtimeThatSays([condition('RuntimeReady', true), unready])
  await state.updateRuntimeUp(signal)
  const fault =
    'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not there'
  assert.deepEqual([state.fault(), state.networkFault()], [fault, fault])
  assert.equal(state.runtimeFault(), undefined, 'pods of the node network can run')
})

test('what it does not speak of it lacks', async () => {
  const { state } = runtimeThatSays([condition('NetworkReady', true)])
  await state.updateRuntimeUp(signal)
  assert.match(
    state.fault() ?? '',
    /container runtime not ready: RuntimeReady=false reason: message:\]$/,
  )
})

test('one that does not answer is down after half a minute, and up with its next answer', async () => {
  const { said, clock, state } = runtimeThatSays(well)
  await state.updateRuntimeUp(signal)
  said.conditions = undefined
  await clock.advance(29_999)
  await state.updateRuntimeUp(signal)
  assert.equal(state.fault(), undefined)
  await clock.advance(1)
  assert.equal(state.fault(), 'container runtime is down')
  assert.equal(state.networkFault(), undefined, 'what it said of its network last')
  said.conditions = well
  await state.updateRuntimeUp(signal)
  assert.equal(state.fault(), undefined)
})

test('containers that go unwatched are a fault beside others', async () => {
  const { said, clock, state } = runtimeThatSays(well)
  await state.updateRuntimeUp(signal)
  said.unwatched = 'pleg has yet to be successful'
  assert.equal(state.fault(), 'PLEG is not healthy: pleg has yet to be successful')
  assert.equal(state.runtimeFault(), state.fault())
  await clock.advance(30_000)
  assert.equal(
    state.fault(),
    '[container runtime is down, PLEG is not healthy: pleg has yet to be successful]',
  )
})
