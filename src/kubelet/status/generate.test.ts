import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, PodCondition, PodSpec, PodStatus } from '#api'
import { instanceOf, observedOf, podOf } from '../model/kubelet-fixture.ts'
import { generateStatus, type StatusFacts } from './generate.ts'

const nowMs = Date.parse('2026-01-01T00:01:00Z')
const now = '2026-01-01T00:01:00Z'
const before = '2026-01-01T00:00:30Z'

type Given = Partial<Omit<StatusFacts, 'pod' | 'probes'>> & {
  readonly spec?: Partial<PodSpec>
  readonly status?: PodStatus
  readonly generation?: number
  readonly deleting?: boolean
  readonly isReady?: boolean
  readonly isStarted?: boolean
}

function generate(given: Given = {}): PodStatus {
  const { spec = {}, status = {}, generation, deleting, isReady = true, isStarted = true } = given
  const metadata = {
    ...(generation === undefined ? {} : { generation }),
    ...(deleting ? { deletionTimestamp: now } : {}),
  }
  return generateStatus({
    observed: observedOf(instanceOf('web', 'running', { startedAtMs: nowMs })),
    previous: status,
    waiting: new Map(),
    resize: {},
    terminationMessage: () => '',
    recursiveReadOnlyMounts: false,
    isTerminal: false,
    hostIps: ['192.0.2.1'],
    nowMs,
    ...given,
    pod: podOf({ metadata, spec, status }),
    probes: { isReady: () => isReady, isStarted: () => isStarted },
  })
}

const condition = (status: PodStatus, type: string) =>
  status.conditions?.find((each) => each.type === type)

test('a running pod has upstream’s conditions in its order, its addresses and its start', () => {
  const { conditions, phase, podIP, podIPs, hostIP, hostIPs, startTime } = generate()
  assert.deepEqual(
    conditions?.map(({ type, status }) => `${type} ${status}`),
    [
      'PodReadyToStartContainers True',
      'Initialized True',
      'Ready True',
      'ContainersReady True',
      'PodScheduled True',
    ],
  )
  assert.deepEqual(
    { phase, podIP, podIPs, hostIP, hostIPs, startTime },
    {
      phase: 'Running',
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }],
      hostIP: '192.0.2.1',
      hostIPs: [{ ip: '192.0.2.1' }],
      startTime: now,
    },
  )
})

test('an ephemeral container is never ready, and nobody asks whether it has started', () => {
  const spec = { ephemeralContainers: [{ name: 'shell', image: 'busybox' }] }
  const observed = observedOf(instanceOf('shell', 'running'), instanceOf('web', 'running'))
  const statusOf = (given: Given) => generate({ spec, ...given }).ephemeralContainerStatuses?.[0]
  for (const status of [statusOf({ observed }), statusOf({})]) {
    assert.equal(status?.ready, false)
    assert.equal(status !== undefined && 'started' in status, false)
  }
})

test('a condition keeps its time while its status is the same, and a pod its start', () => {
  const held = (type: string, status: string) =>
    ({ type, status, lastTransitionTime: before }) as PodCondition
  const status = {
    startTime: before,
    conditions: [held('Ready', 'False'), held('ContainersReady', 'True')],
  }
  const found = generate({ status })
  assert.equal(condition(found, 'Ready')?.lastTransitionTime, now)
  assert.equal(condition(found, 'ContainersReady')?.lastTransitionTime, before)
  assert.equal(found.startTime, before)
})

test('conditions of others come first and stay as they are', () => {
  const other = { type: 'example.com/up', status: 'Unknown', reason: 'Mine' } as PodCondition
  const { conditions } = generate({ status: { conditions: [other] } })
  assert.deepEqual(conditions?.[0], other)
  assert.equal(conditions?.length, 6)
})

test('the generation that was seen stands in the status and in every condition', () => {
  const { observedGeneration, conditions } = generate({ generation: 4 })
  assert.equal(observedGeneration, 4)
  assert.deepEqual([...new Set(conditions?.map((each) => each.observedGeneration))], [4])
})

test('probes decide what is started and ready', () => {
  for (const [isStarted, isReady, started, ready] of [
    [true, true, true, true],
    [true, false, true, false],
    [false, true, false, false],
  ] as const) {
    const status = generate({ isStarted, isReady }).containerStatuses?.[0]
    assert.deepEqual([status?.started, status?.ready], [started, ready])
  }
  const ended = observedOf(instanceOf('web', 'exited', { exitCode: 0 }))
  const status = generate({ observed: ended }).containerStatuses?.[0]
  assert.deepEqual([status?.started, status?.ready], [false, false])
})

test('what a pod was granted as a whole shows beside what of it is in force', () => {
  const bare = generate()
  assert.equal(Object.hasOwn(bare, 'allocatedResources'), false)
  assert.deepEqual(bare.resources, {})
  const requests = { cpu: '250m', memory: '64Mi' }
  const limits = { cpu: '1', memory: '128Mi' }
  const own: Container = { name: 'web', image: 'nginx', resources: { requests, limits } }
  const other: Container = { name: 'log', image: 'busybox', resources: { requests } }
  const instance = (name: string) => instanceOf(name, 'running', { startedAtMs: nowMs })
  const observed = observedOf(instance('web'), instance('log'))
  const twice = { cpu: '500m', memory: '128Mi' }
  const status = { phase: 'Running' }
  const runs = generate({ spec: { containers: [own, other] }, observed, status })
  assert.deepEqual(runs.allocatedResources, twice)
  // One without limits leaves the pod without.
  assert.deepEqual(runs.resources, { requests: twice })
  const limited = generate({ spec: { containers: [own] }, status })
  assert.deepEqual(limited.resources, { requests, limits })
  const starts = generate({ spec: { containers: [own, other] }, observed: observedOf() })
  assert.deepEqual(starts.resources, { requests: twice, limits })
})

test('an init container is ready when it has done its work', () => {
  const setup: Container = { name: 'setup', image: 'busybox' }
  const spec = { initContainers: [setup] }
  for (const [exitCode, ready] of [
    [0, true],
    [1, false],
  ] as const) {
    const observed = observedOf(instanceOf('setup', 'exited', { exitCode }))
    assert.equal(generate({ spec, observed }).initContainerStatuses?.[0]?.ready, ready)
  }
})

test('containers are listed by name, init containers in their order', () => {
  const named = (...names: readonly string[]) => names.map((name) => ({ name, image: 'i' }))
  const spec = { initContainers: named('z', 'a'), containers: named('web', 'db') }
  const status = generate({ spec })
  assert.deepEqual(
    status.initContainerStatuses?.map(({ name }) => name),
    ['z', 'a'],
  )
  assert.deepEqual(
    status.containerStatuses?.map(({ name }) => name),
    ['db', 'web'],
  )
})

test('a reason for waiting is shown while the container is to be started, not in a pod that goes', () => {
  const waiting = new Map([['web', { reason: 'ErrImagePull', message: 'why' }]])
  const given = { waiting, observed: observedOf() }
  const state = (more: Given) => generate({ ...given, ...more }).containerStatuses?.[0]?.state
  assert.deepEqual(state({}), { waiting: { reason: 'ErrImagePull', message: 'why' } })
  assert.deepEqual(state({ deleting: true }), { waiting: { reason: 'ContainerCreating' } })
  const ended = observedOf(instanceOf('web', 'exited', { exitCode: 0 }))
  assert.ok(state({ observed: ended, spec: { restartPolicy: 'OnFailure' } })?.terminated)
  assert.ok(state({ observed: ended })?.waiting)
})

test('a pod that was stopped for good has ended, and so has all that never ran in it', () => {
  const { phase, containerStatuses } = generate({ isTerminal: true, observed: observedOf() })
  assert.equal(phase, 'Failed')
  assert.deepEqual(containerStatuses?.[0]?.state, {
    terminated: {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
    },
  })
})

test('a pod that its deadline ends has failed, and is ready no more', () => {
  const evicted = { reason: 'DeadlineExceeded', message: 'too long' }
  const status = generate({ evicted })
  const { phase, reason, message } = status
  assert.deepEqual({ phase, reason, message }, { phase: 'Failed', ...evicted })
  assert.equal(condition(status, 'Ready')?.reason, 'PodFailed')
  const over = generate({ evicted, status: { phase: 'Succeeded' } })
  assert.equal(over.phase, 'Succeeded')
})

test('a pod that the kubelet ends has failed, while its conditions are those of what runs', () => {
  const killed = { reason: 'OutOfcpu', message: 'no room' }
  const status = generate({ killed })
  const { phase, reason, message } = status
  assert.deepEqual({ phase, reason, message }, { phase: 'Failed', ...killed })
  assert.equal(condition(status, 'Ready')?.status, 'True')
  assert.equal(condition(status, 'DisruptionTarget'), undefined)
})

test("a pod that ends for the node's sake says so to its end, in place of what others said", () => {
  const theirs = { type: 'DisruptionTarget', status: 'True', reason: 'Theirs' } as PodCondition
  const disruption = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'TerminationByKubelet',
    message: 'no memory',
    lastProbeTime: null,
    lastTransitionTime: now,
  }
  const said = ({ conditions = [] }: PodStatus) =>
    conditions.filter(({ type }) => type === 'DisruptionTarget')
  const killed = { reason: 'Evicted', message: 'no memory', isDisruption: true }
  const killing = generate({ killed, status: { conditions: [theirs] } })
  assert.deepEqual(said(killing), [disruption])
  const last = generate({ killed, isTerminal: true, previous: killing })
  assert.deepEqual(said(last), [disruption])
  assert.deepEqual([last.phase, last.reason], ['Failed', 'Evicted'])
})

test('a pod that has ended stays so, with its reason; another phase drops the reason', () => {
  const kept = generate({ status: { phase: 'Failed', reason: 'Evicted', message: 'm' } })
  assert.deepEqual([kept.phase, kept.reason, kept.message], ['Failed', 'Evicted', 'm'])
  const changed = generate({ status: { phase: 'Pending', reason: 'Old', message: 'm' } })
  assert.deepEqual(
    [changed.phase, changed.reason, changed.message],
    ['Running', undefined, undefined],
  )
})

test('containers can start once there is a sandbox with an address', () => {
  const sandbox = (changes: object) => {
    const { sandboxes, ...rest } = observedOf()
    return { ...rest, sandboxes: [{ ...(sandboxes[0] as object), ...changes } as never] }
  }
  for (const [given, expected] of [
    [{ observed: { ...observedOf(), sandboxes: [] } }, 'False'],
    [{ observed: sandbox({ state: 'notReady' }) }, 'False'],
    [{ observed: sandbox({ ips: [] }) }, 'False'],
    [{ observed: sandbox({ ips: [] }), spec: { hostNetwork: true } }, 'True'],
    [{ observed: sandbox({}) }, 'True'],
  ] as const) {
    assert.equal(condition(generate(given), 'PodReadyToStartContainers')?.status, expected)
  }
})

test('a pod keeps its addresses when its sandbox is gone, and shares those of the node', () => {
  const gone = { ...observedOf(), sandboxes: [] }
  const status = { podIP: '10.0.0.9', podIPs: [{ ip: '10.0.0.9' }] }
  assert.equal(generate({ observed: gone, status }).podIP, '10.0.0.9')
  assert.equal(generate({ spec: { hostNetwork: true } }).podIP, '192.0.2.1')
  assert.equal(generate({ observed: gone }).podIP, undefined)
})

test('what others have written into the status is kept', () => {
  const { qosClass } = generate({ status: { qosClass: 'Burstable' } })
  assert.equal(qosClass, 'Burstable')
})

test('a pod that ends by a failed init container says so of that container alone', () => {
  const setup: Container = { name: 'setup', image: 'busybox' }
  const { phase, conditions, containerStatuses } = generate({
    isTerminal: true,
    spec: { initContainers: [setup], restartPolicy: 'Never' },
    observed: observedOf(instanceOf('setup', 'exited', { exitCode: 3 })),
  })
  assert.equal(phase, 'Failed')
  assert.deepEqual(containerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } })
  const initialized = conditions?.find(({ type }) => type === 'Initialized')
  assert.equal(initialized?.message, 'containers with incomplete status: [setup]')
})
