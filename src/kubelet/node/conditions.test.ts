import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionEvent, type NodeFindings, nodeConditions } from './conditions.ts'

const nowMs = Date.UTC(2026, 0, 1)
const fine: NodeFindings = {
  runtimeFault: undefined,
  memoryPressure: false,
  diskPressure: false,
  pidPressure: false,
}
const conditionsOf = (findings: Partial<NodeFindings>) =>
  nodeConditions({ ...fine, ...findings }, [], nowMs).map(({ type, status, reason, message }) => [
    type,
    status,
    reason,
    message,
  ])

test('a node that is well says so four times, Ready last', () => {
  assert.deepEqual(conditionsOf({}), [
    [
      'MemoryPressure',
      'False',
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
  ])
})

test("what is wrong is told in upstream's words", () => {
  const ill = { memoryPressure: true, diskPressure: true, pidPressure: true, runtimeFault: 'why' }
  assert.deepEqual(conditionsOf(ill), [
    [
      'MemoryPressure',
      'True',
      'KubeletHasInsufficientMemory',
      'kubelet has insufficient memory available',
    ],
    ['DiskPressure', 'True', 'KubeletHasDiskPressure', 'kubelet has disk pressure'],
    ['PIDPressure', 'True', 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
    ['Ready', 'False', 'KubeletNotReady', 'why'],
  ])
})

test('a condition keeps the time of its last change, and foreign ones stay', () => {
  const before = nodeConditions(fine, [{ type: 'GpuHealthy', status: 'True' } as never], nowMs)
  const later = nodeConditions({ ...fine, diskPressure: true }, before, nowMs + 60_000)
  assert.equal(later[0]?.type, 'GpuHealthy')
  const times = Object.fromEntries(
    later
      .slice(1)
      .map(({ type, lastTransitionTime, lastHeartbeatTime }) => [
        type,
        [lastTransitionTime, lastHeartbeatTime],
      ]),
  )
  assert.deepEqual(times.Ready, ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z'])
  assert.deepEqual(times.DiskPressure, ['2026-01-01T00:01:00Z', '2026-01-01T00:01:00Z'])
})

test('changes of conditions are events of their own names', () => {
  const eventOf = (type: string, status: string) => conditionEvent({ type, status })
  assert.equal(eventOf('Ready', 'True'), 'NodeReady')
  assert.equal(eventOf('Ready', 'False'), 'NodeNotReady')
  assert.equal(eventOf('MemoryPressure', 'True'), 'NodeHasInsufficientMemory')
  assert.equal(eventOf('DiskPressure', 'False'), 'NodeHasNoDiskPressure')
  assert.equal(eventOf('GpuHealthy', 'False'), undefined)
})
