import assert from 'node:assert/strict'
import test from 'node:test'
import type { Container, ContainerState, ContainerStatus, Pod, PodSpec } from '#api'
import { phaseOf } from './phase.ts'

const web: Container = { name: 'web', image: 'nginx' }
const setup: Container = { name: 'setup', image: 'nginx' }
const proxy: Container = { name: 'proxy', image: 'nginx', restartPolicy: 'Always' }

const running: ContainerState = { running: {} }
const waiting: ContainerState = { waiting: { reason: 'ContainerCreating' } }
const ended = (exitCode: number): ContainerState => ({ terminated: { exitCode } })

interface Given {
  readonly state?: ContainerState
  readonly lastState?: ContainerState
  readonly started?: boolean
}

function phase(spec: Partial<PodSpec>, given: Record<string, Given>, isTerminal = false): string {
  const pod: Pod = { metadata: { name: 'a' }, spec: { containers: [web], ...spec } }
  const statuses = Object.entries(given).map(
    ([name, status]): ContainerStatus => ({
      name,
      image: 'nginx',
      imageID: '',
      ready: false,
      restartCount: 0,
      ...status,
    }),
  )
  return phaseOf(pod, statuses, isTerminal)
}

test('a pod is pending until its first container has started', () => {
  assert.equal(phase({}, {}), 'Pending')
  assert.equal(phase({}, { web: { state: waiting } }), 'Pending')
  assert.equal(phase({}, { web: { state: running } }), 'Running')
})

test('a container waiting to be restarted leaves its pod running', () => {
  assert.equal(phase({}, { web: { state: waiting, lastState: ended(1) } }), 'Running')
})

test('how containers ended and the restart policy decide the phase', () => {
  for (const [restartPolicy, exitCode, expected] of [
    ['Always', 0, 'Running'],
    ['Always', 1, 'Running'],
    ['OnFailure', 0, 'Succeeded'],
    ['OnFailure', 1, 'Running'],
    ['Never', 0, 'Succeeded'],
    ['Never', 1, 'Failed'],
  ] as const) {
    const found = phase({ restartPolicy }, { web: { state: ended(exitCode) } })
    assert.equal(found, expected, `${restartPolicy} ${exitCode}`)
  }
})

test('a pod that has been stopped is over, even under Always', () => {
  assert.equal(phase({}, { web: { state: ended(0) } }, true), 'Succeeded')
  assert.equal(phase({}, { web: { state: ended(137) } }, true), 'Failed')
})

test('an init container that failed for good fails the pod; one that is retried keeps it pending', () => {
  const inits = { initContainers: [setup] }
  const failed = { setup: { state: ended(1) }, web: { state: waiting } }
  assert.equal(phase({ ...inits, restartPolicy: 'Never' }, failed), 'Failed')
  assert.equal(phase(inits, failed), 'Pending')
  assert.equal(phase(inits, { setup: { state: ended(0) }, web: { state: running } }), 'Running')
})

test('a sidecar that has not started keeps the pod pending until a regular container starts', () => {
  const inits = { initContainers: [proxy] }
  const starting = { state: running, started: false }
  assert.equal(phase(inits, { proxy: starting, web: { state: waiting } }), 'Pending')
  assert.equal(phase(inits, { proxy: starting, web: { state: running } }), 'Running')
})

test('a sidecar that has never run keeps the pod pending even beside running containers', () => {
  const inits = { initContainers: [proxy] }
  assert.equal(phase(inits, { proxy: { state: waiting }, web: { state: running } }), 'Pending')
  const again = { state: waiting, lastState: ended(1) }
  assert.equal(phase(inits, { proxy: again, web: { state: running } }), 'Running')
})

test('sidecars that run or ended do not keep a pod from ending', () => {
  const inits: Partial<PodSpec> = { initContainers: [proxy], restartPolicy: 'Never' }
  const over = { state: ended(0) }
  assert.equal(phase(inits, { proxy: { state: ended(137) }, web: over }), 'Succeeded')
})
