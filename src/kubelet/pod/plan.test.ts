import assert from 'node:assert/strict'
import test from 'node:test'
import type { Container, Pod, PodSpec } from '#api'
import type { Stored } from '#machinery'
import { containerHash } from '../model/labels.ts'
import type { ObservedContainer, ObservedPod } from '../model/observed.ts'
import type { ProbeFailures } from '../probes/pod-probes.ts'
import { planPod } from './plan.ts'

const image = 'nginx'
const web: Container = { name: 'web', image }
const setup: Container = { name: 'setup', image }
const migrate: Container = { name: 'migrate', image }
const proxy: Container = { name: 'proxy', image, restartPolicy: 'Always' }

function podOf(spec: Partial<PodSpec> = {}): Stored<Pod> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'a',
      namespace: 'b',
      uid: 'u',
      resourceVersion: '7',
      creationTimestamp: '2026-01-02T03:03:05Z',
    },
    spec: { containers: [web], ...spec },
  }
}

type Sandbox = ObservedPod['sandboxes'][number]

function sandboxOf(changes: Partial<Sandbox> = {}): Sandbox {
  return {
    id: 's0',
    metadata: { name: 'a', namespace: 'b', uid: 'u', attempt: 0 },
    state: 'ready',
    createdAtMs: 0,
    ips: ['10.0.0.1'],
    ...changes,
  } as Sandbox
}

function instance(
  name: string,
  state: ObservedContainer['state'],
  changes: Partial<ObservedContainer> = {},
): ObservedContainer {
  const hash = containerHash({ name, image })
  return {
    id: name,
    name,
    state,
    hash,
    sandboxId: 's0',
    exitCode: 0,
    ...changes,
  } as ObservedContainer
}

const fine: ProbeFailures = { failure: () => undefined, isStarted: () => true }
const notStarted: ProbeFailures = { ...fine, isStarted: () => false }
const failing: ProbeFailures = { ...fine, failure: () => 'liveness' }

/** The plan in words, in the order in which it is carried out. */
function plan(
  spec: Partial<PodSpec>,
  containers: readonly ObservedContainer[],
  probes: ProbeFailures = fine,
  sandboxes: readonly Sandbox[] = [sandboxOf()],
): readonly string[] {
  const planned = planPod(podOf(spec), { sandboxes, containers, atMs: 0 }, probes)
  return [
    ...(planned.stopAll ? ['stop all'] : []),
    ...(planned.createSandbox ? [`sandbox ${planned.attempt}`] : []),
    ...planned.kill.map(({ message }) => message),
    ...planned.startEphemeral.map(({ name }) => `debug ${name}`),
    ...planned.startInit.map(({ name }) => `init ${name}`),
    ...planned.start.map(({ name }) => `start ${name}`),
  ]
}

const crashed = instance('web', 'exited', { exitCode: 1 })
const completed = instance('web', 'exited')
const running = instance('web', 'running')

test('a pod without a usable sandbox gets one and starts over in it', () => {
  const inits = { initContainers: [setup, migrate] }
  const gone = [sandboxOf({ state: 'notReady' })]
  const noAddress = [sandboxOf({ ips: [] })]
  assert.deepEqual(plan({}, [], fine, []), ['sandbox 0', 'start web'])
  assert.deepEqual(plan(inits, [], fine, []), ['sandbox 0', 'init setup'])
  assert.deepEqual(plan({}, [crashed], fine, gone), ['stop all', 'sandbox 1', 'start web'])
  assert.deepEqual(plan({}, [], fine, noAddress), ['stop all', 'sandbox 1', 'start web'])
  assert.deepEqual(plan({ hostNetwork: true }, [running], fine, noAddress), [])
  assert.deepEqual(plan({ restartPolicy: 'Never' }, [completed], fine, gone), ['stop all'])
})

test('init containers run one after the other before the others', () => {
  const inits = { initContainers: [setup, migrate] }
  const done = instance('setup', 'exited')
  assert.deepEqual(plan(inits, []), ['init setup'])
  assert.deepEqual(plan(inits, [instance('setup', 'running')]), [])
  assert.deepEqual(plan(inits, [done]), ['init migrate'])
  assert.deepEqual(plan(inits, [done, instance('migrate', 'exited')]), ['start web'])
  assert.deepEqual(plan(inits, [instance('setup', 'exited', { exitCode: 1 })]), ['init setup'])
  assert.deepEqual(plan(inits, [instance('setup', 'exited', { sandboxId: 's-old' })]), [
    'init setup',
  ])
})

test('a sidecar lets the next container go once it has started, and is always restarted', () => {
  const sidecar = { initContainers: [proxy, setup] }
  const up = instance('proxy', 'running')
  assert.deepEqual(plan(sidecar, [up], notStarted), [])
  assert.deepEqual(plan(sidecar, [up]), ['init setup'])
  const down = instance('proxy', 'exited', { exitCode: 1 })
  const rest = [instance('setup', 'exited'), running]
  assert.deepEqual(plan({ ...sidecar, restartPolicy: 'Never' }, [down, ...rest]), ['init proxy'])
  assert.deepEqual(plan({ initContainers: [proxy] }, [up, running], failing), [
    'Init container proxy failed liveness probe',
    'Container web failed liveness probe, will be restarted',
    'init proxy',
    'start web',
  ])
})

test('the restart policy decides what happens to a container that ended', () => {
  const restarted = ['start web']
  const over = ['stop all']
  for (const [restartPolicy, ended, expected] of [
    ['Always', completed, restarted],
    ['Always', crashed, restarted],
    ['OnFailure', completed, over],
    ['OnFailure', crashed, restarted],
    ['Never', completed, over],
    ['Never', crashed, over],
  ] as const) {
    assert.deepEqual(
      plan({ restartPolicy }, [ended]),
      expected,
      `${restartPolicy} ${ended.exitCode}`,
    )
  }
})

test("a container's own rules come before the policy of the pod", () => {
  const restartPolicyRules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }]
  const containers = [{ ...web, restartPolicy: 'Never', restartPolicyRules }]
  assert.deepEqual(plan({ containers }, [crashed]), ['start web'])
  assert.deepEqual(plan({ containers }, [instance('web', 'exited', { exitCode: 2 })]), ['stop all'])
})

test('a container that is missing is started beside those that run', () => {
  const other = { name: 'other', image }
  assert.deepEqual(plan({ containers: [web, other] }, [running]), ['start other'])
})

test('a changed image restarts a container whatever its policy', () => {
  const old = instance('web', 'running', { hash: 'old' })
  assert.deepEqual(plan({ restartPolicy: 'Never' }, [old]), [
    'Container web definition changed, will be restarted',
    'start web',
  ])
})

test('a failed liveness probe kills, and restarts unless the policy is Never', () => {
  assert.deepEqual(plan({}, [running], failing), [
    'Container web failed liveness probe, will be restarted',
    'start web',
  ])
  assert.deepEqual(plan({ restartPolicy: 'Never' }, [running], failing), [
    'Container web failed liveness probe',
  ])
})

test('an ephemeral container is started once and never again', () => {
  const ephemeralContainers = [{ name: 'debugger', image }]
  const ended = instance('debugger', 'exited', { exitCode: 1 })
  assert.deepEqual(plan({ ephemeralContainers }, [running]), ['debug debugger'])
  assert.deepEqual(plan({ ephemeralContainers }, [running, ended]), [])
})
