import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Container, Pod } from '#api'
import type { Stored } from '#machinery'
import { resizeRefusal } from '../admission/resize-room.ts'
import { instanceOf, podOf, web } from '../model/kubelet-fixture.ts'
import { resizeAction } from './resize-action.ts'
import { createResizeState, type ResizeRefusal } from './resize-state.ts'

const sized = (cpu: string, memory = '1Gi'): Container => ({
  ...web,
  resources: { requests: { cpu, memory }, limits: { cpu, memory } },
})

function podWith(container: Container, generation: number): Stored<Pod> {
  const pod = podOf({ spec: { containers: [container] } })
  return { ...pod, metadata: { ...pod.metadata, generation } }
}

function state() {
  const events: string[] = []
  const resize = createResizeState((_, { type, reason }) => void events.push(`${type} ${reason}`))
  return { resize, events }
}

const cpuOf = (pod: Stored<Pod>) => pod.spec?.containers[0]?.resources?.requests?.cpu
const deferred: ResizeRefusal = { reason: 'Deferred', message: 'later' }

describe('what a pod is granted', () => {
  test('is what it asks for first, and what it asks for later if the node has room', () => {
    const { resize, events } = state()
    const first = podWith(sized('1'), 1)
    assert.equal(
      resize.grant(first, () => deferred),
      first,
    )
    const second = podWith(sized('2'), 2)
    assert.equal(cpuOf(resize.grant(second, () => undefined)), '2')
    assert.deepEqual(resize.conditions, { inProgress: {} })
    resize.progress(second, false)
    resize.progress(second, true)
    resize.progress(second, true)
    assert.deepEqual(resize.conditions, {})
    assert.deepEqual(events, ['Normal ResizeStarted', 'Normal ResizeCompleted'])
  })

  test('stays what it was while the node has no room, which is told once', () => {
    const { resize, events } = state()
    resize.grant(podWith(sized('1'), 1), () => undefined)
    const wish = podWith(sized('2'), 2)
    for (const _ of [1, 2]) assert.equal(cpuOf(resize.grant(wish, () => deferred)), '1')
    assert.equal(cpuOf(resize.granted(wish)), '1')
    assert.deepEqual(resize.conditions, { pending: { ...deferred, generation: 2 } })
    resize.grant(wish, () => ({ reason: 'Infeasible', message: 'never' }))
    assert.equal(cpuOf(resize.grant(podWith(sized('1'), 3), () => deferred)), '1')
    assert.deepEqual(resize.conditions, {})
    assert.deepEqual(events, ['Warning ResizeDeferred', 'Warning ResizeInfeasible'])
  })

  test('is found again in the status by a kubelet that starts anew', () => {
    const { resize } = state()
    const wish = podWith(sized('2'), 2)
    const resources = { limits: { cpu: '1', memory: '1Gi' } }
    const allocatedResources = { cpu: '1', memory: '1Gi' }
    const status = {
      conditions: [{ type: 'PodResizePending', status: 'True' }],
      containerStatuses: [{ name: 'web', resources, allocatedResources }],
    }
    // Cast: the rest of a status is not looked at.
    const pending = { ...wish, status } as unknown as Stored<Pod>
    assert.deepEqual(resize.grant(pending, () => deferred).spec?.containers, [sized('1')])
  })

  test('is in progress with an error where the runtime did not do it', () => {
    const { resize, events } = state()
    const pod = podWith(sized('1'), 1)
    resize.grant(pod, () => undefined)
    resize.failed(pod, 'no')
    resize.progress(pod, false)
    assert.deepEqual(resize.conditions, { inProgress: { reason: 'Error', message: 'no' } })
    assert.deepEqual(events, ['Warning ResizeError'])
  })
})

test('a container is updated, or restarted where its policy says so for what has changed', () => {
  const running = instanceOf('web', 'running', {})
  const policy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }]
  const container = { ...sized('2'), resizePolicy: policy }
  const action = (actuated: Container, observed = running) =>
    resizeAction(container, observed, { actuated: actuated.resources, desired: {} })
  assert.equal(action(sized('2')), 'none')
  assert.equal(action(sized('2000m', '1024Mi')), 'none')
  assert.equal(action(sized('1')), 'update')
  assert.equal(action(sized('2', '2Gi')), 'restart')
  assert.equal(action(sized('1'), instanceOf('web', 'exited', {})), 'none')
  const unknown = (found: object, desired: object) =>
    resizeAction(container, { ...running, resources: found }, { actuated: undefined, desired })
  assert.equal(unknown({}, { cpuShares: 20 }), 'none')
  assert.equal(unknown({ cpuShares: 20, cpuQuotaUs: -1 }, { cpuShares: 20 }), 'none')
  assert.equal(unknown({ cpuShares: 2 }, { cpuShares: 20 }), 'update')
  assert.equal(unknown({ cpuShares: 2 }, { cpuShares: 2, memoryLimitBytes: 9 }), 'restart')
})

test('a node has no room for more than it has, or for more than the others leave', () => {
  const allocatable = { cpu: '4', memory: '8Gi', pods: '1' }
  const others = [podWith(sized('3'), 1)]
  const refusal = (cpu: string) => resizeRefusal(podWith(sized(cpu), 1), { allocatable, others })
  assert.equal(refusal('1'), undefined)
  assert.deepEqual(refusal('2'), {
    reason: 'Deferred',
    message: "Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000",
  })
  assert.deepEqual(refusal('5'), {
    reason: 'Infeasible',
    message: "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000",
  })
})
