import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, ContainerStatus, PodSpec } from '#api'
import { instanceOf, observedOf, podOf, web } from '../model/kubelet-fixture.ts'
import type { ObservedContainer } from '../model/observed.ts'
import { containerStatusOf, type WaitingReason } from './container-status.ts'

const atMs = Date.parse('2026-01-01T00:01:00Z')
const started = { startedAtMs: atMs, createdAtMs: atMs }

interface Given {
  readonly container?: Container
  readonly spec?: Partial<PodSpec>
  readonly deleting?: boolean
  readonly instances?: readonly ObservedContainer[]
  readonly previous?: Partial<ContainerStatus>
  readonly waiting?: WaitingReason
  readonly shouldStart?: boolean
  readonly said?: string
}

function status(given: Given = {}): ContainerStatus {
  const { container = web, spec = {}, previous, instances = [], said = '' } = given
  const metadata = given.deleting ? { deletionTimestamp: '2026-01-01T00:00:30Z' } : {}
  const held = { name: container.name, image: 'nginx', imageID: '', ready: true, restartCount: 0 }
  return containerStatusOf(container, {
    pod: podOf({ metadata, spec }),
    observed: observedOf(...instances),
    previous: previous && { ...held, ...previous },
    waiting: given.waiting,
    shouldStart: given.shouldStart ?? true,
    terminationMessage: () => said,
    recursiveReadOnlyMounts: true,
  })
}

test('a container that the runtime does not know yet is being created', () => {
  assert.deepEqual(status(), {
    name: 'web',
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: {},
    ready: false,
    restartCount: 0,
    image: 'nginx',
    imageID: '',
    started: false,
  })
})

test('a container shows what it mounts, and once it has been made what it was given', () => {
  const container: Container = {
    ...web,
    resources: { limits: { memory: '1Gi' }, requests: { memory: '1Gi', cpu: '1' } },
    volumeMounts: [
      { name: 'data', mountPath: '/data' },
      { name: 'token', mountPath: '/token', readOnly: true },
      { name: 'all', mountPath: '/all', readOnly: true, recursiveReadOnly: 'Enabled' },
    ],
  }
  const volumeMounts = [
    { name: 'data', mountPath: '/data' },
    { name: 'token', mountPath: '/token', readOnly: true, recursiveReadOnly: 'Disabled' },
    { name: 'all', mountPath: '/all', readOnly: true, recursiveReadOnly: 'Enabled' },
  ]
  const before = status({ container })
  assert.deepEqual(before.volumeMounts, volumeMounts)
  assert.equal(before.resources, undefined)
  const made = status({ container, instances: [instanceOf('web', 'exited')] })
  assert.deepEqual(made.volumeMounts, volumeMounts)
  assert.deepEqual(made.resources, container.resources)
  assert.deepEqual(made.allocatedResources, container.resources?.requests)
})

test('in a pod with init containers it is the pod that initializes', () => {
  const spec = { initContainers: [{ name: 'setup', image: 'busybox' }] }
  assert.deepEqual(status({ spec }).state, { waiting: { reason: 'PodInitializing' } })
})

test('a running container shows what it is and since when it runs', () => {
  const instance = instanceOf('web', 'running', { ...started, id: 'abc', restartCount: 2 })
  assert.deepEqual(status({ instances: [instance] }), {
    name: 'web',
    state: { running: { startedAt: '2026-01-01T00:01:00Z' } },
    lastState: {},
    ready: false,
    restartCount: 2,
    image: 'nginx',
    imageID: 'docker.io/library/nginx@sha256:1',
    containerID: 'containerd://abc',
    resources: {},
  })
})

const mounted: Container = {
  ...web,
  volumeMounts: [
    { name: 'data', mountPath: '/data' },
    { name: 'token', mountPath: '/run', readOnly: true, recursiveReadOnly: 'IfPossible' },
  ],
  resources: { requests: { cpu: '100m' } },
}
const volumeMounts = [
  { name: 'data', mountPath: '/data' },
  { name: 'token', mountPath: '/run', readOnly: true, recursiveReadOnly: 'Enabled' },
]

test('the mounts of a container show from the first, its resources and user once it was made', () => {
  const waits = status({ container: mounted })
  assert.deepEqual(waits.volumeMounts, volumeMounts)
  assert.equal(Object.hasOwn(waits, 'resources') || Object.hasOwn(waits, 'user'), false)
  const user = { uid: 0, gid: 0, supplementalGroups: [0] }
  const resources = { cpuShares: 102 }
  const instance = instanceOf('web', 'running', { ...started, resources, user })
  const runs = status({ container: mounted, instances: [instance], previous: waits })
  assert.deepEqual(runs.volumeMounts, volumeMounts)
  assert.deepEqual(runs.allocatedResources, { cpu: '100m' })
  assert.deepEqual(runs.resources, { requests: { cpu: '100m' } })
  assert.deepEqual(runs.user, { linux: user })
  const alone = { ...user, supplementalGroups: [] }
  const inNone = instanceOf('web', 'running', { ...started, user: alone })
  assert.deepEqual(status({ instances: [inNone] }).user, { linux: { uid: 0, gid: 0 } })
})

test('how a volume was mounted first is what is told for good', () => {
  const before = [
    { name: 'data', mountPath: '/data', readOnly: true, recursiveReadOnly: 'Disabled' },
  ]
  const instance = instanceOf('web', 'running', started)
  const previous = { state: { running: {} }, volumeMounts: before }
  const runs = status({ container: mounted, instances: [instance], previous })
  assert.deepEqual(runs.volumeMounts, before)
})

test('a container that ended shows how, with reason, times and its last words', () => {
  const finishedAtMs = atMs + 5000
  const times = {
    startedAt: '2026-01-01T00:01:00Z',
    finishedAt: '2026-01-01T00:01:05Z',
    containerID: 'containerd://web',
  }
  for (const [changes, said, expected] of [
    [{ exitCode: 0 }, '', { exitCode: 0, reason: 'Completed' }],
    [{ exitCode: 1 }, '', { exitCode: 1, reason: 'Error' }],
    [{ exitCode: 137, reason: 'OOMKilled' }, '', { exitCode: 137, reason: 'OOMKilled' }],
    [{ exitCode: 1 }, 'bye', { exitCode: 1, reason: 'Error', message: 'bye' }],
    [
      { exitCode: 128, reason: 'StartError', message: 'no such file' },
      '',
      { exitCode: 128, reason: 'StartError', message: 'no such file' },
    ],
    [{ exitCode: 1, message: 'cri' }, 'bye', { exitCode: 1, reason: 'Error', message: 'cri: bye' }],
  ] as const) {
    const instance = instanceOf('web', 'exited', { ...started, finishedAtMs, ...changes })
    const terminated = { ...expected, ...times }
    assert.deepEqual(status({ instances: [instance], said, shouldStart: false }).state, {
      terminated,
    })
  }
})

test('the instance before the newest is the last state', () => {
  const instances = [
    instanceOf('web', 'running', { ...started, id: 'new' }),
    instanceOf('web', 'exited', { ...started, id: 'old', exitCode: 3 }),
    instanceOf('web', 'exited', { ...started, id: 'older', exitCode: 4 }),
  ]
  assert.equal(status({ instances }).lastState?.terminated?.containerID, 'containerd://old')
})

test('states without an end of their own', () => {
  assert.deepEqual(status({ instances: [instanceOf('web', 'created')] }).state, { waiting: {} })
  const unknown = instanceOf('web', 'unknown')
  assert.deepEqual(status({ instances: [unknown] }).state, {
    terminated: {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
      containerID: 'containerd://web',
    },
  })
})

const crashLoop = { reason: 'CrashLoopBackOff', message: 'back-off 10s' }

test('while a container waits to be started again it shows why, and how it ended before', () => {
  const ended = instanceOf('web', 'exited', { ...started, exitCode: 1 })
  const waits = status({ instances: [ended], waiting: crashLoop })
  assert.deepEqual(waits.state, { waiting: crashLoop })
  assert.equal(waits.lastState?.terminated?.exitCode, 1)
  assert.deepEqual(status({ waiting: crashLoop }).state, { waiting: crashLoop })
})

test('an old reason for waiting is not shown of what runs or is not to be started', () => {
  const running = instanceOf('web', 'running', started)
  assert.ok(status({ instances: [running], waiting: crashLoop }).state?.running)
  const ended = instanceOf('web', 'exited', started)
  const over = status({ instances: [ended], waiting: crashLoop, shouldStart: false })
  assert.ok(over.state?.terminated)
})

const ran: Partial<ContainerStatus> = {
  state: { running: {} },
  restartCount: 3,
  containerID: 'containerd://gone',
}

test('a running container that the runtime has lost counts as ended, and as one more restart', () => {
  const lost = {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message:
      'The container could not be located when the pod was deleted.  The container used to be Running',
    containerID: 'containerd://gone',
  }
  for (const [deleting, restartCount] of [
    [false, 4],
    [true, 3],
  ] as const) {
    const found = status({ previous: ran, deleting })
    assert.deepEqual(found.state, { waiting: { reason: 'ContainerCreating' } })
    assert.deepEqual(found.lastState, { terminated: lost })
    assert.equal(found.restartCount, restartCount)
  }
})

test('a record that the runtime has dropped is kept from the status before', () => {
  const terminated = { exitCode: 0, reason: 'Completed' }
  assert.deepEqual(status({ previous: { state: { terminated } } }).state, { terminated })
  const waited = { state: { waiting: {} }, lastState: { terminated }, restartCount: 2 }
  const found = status({ previous: waited })
  assert.deepEqual([found.lastState, found.restartCount], [{ terminated }, 2])
})

test('a lost init container has done its work once a container of the pod exists', () => {
  const setup: Container = { name: 'setup', image: 'busybox' }
  const given = { container: setup, spec: { initContainers: [setup] }, previous: ran }
  const done = status({ ...given, instances: [instanceOf('web', 'running', started)] })
  assert.deepEqual(done.state, {
    terminated: {
      exitCode: 0,
      reason: 'Completed',
      message:
        'Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally',
    },
  })
  assert.equal(done.ready, true)
  assert.ok(status(given).lastState?.terminated)
  const sidecar: Container = { ...setup, restartPolicy: 'Always' }
  const lost = status({
    ...given,
    container: sidecar,
    spec: { initContainers: [sidecar] },
    instances: [instanceOf('web', 'running', started)],
  })
  assert.ok(lost.lastState?.terminated)
})
