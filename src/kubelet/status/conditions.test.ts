import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, ContainerStatus, PodCondition } from '#api'
import { podOf, web } from '../model/kubelet-fixture.ts'
import { containersReady, initialized, podReady } from './conditions.ts'

const db: Container = { name: 'db', image: 'db' }
const setup: Container = { name: 'setup', image: 'busybox' }
const proxy: Container = { name: 'proxy', image: 'envoy', restartPolicy: 'Always' }

function statusOf(name: string, changes: Partial<ContainerStatus> = {}): ContainerStatus {
  return { name, image: 'i', imageID: '', ready: false, restartCount: 0, ...changes }
}

const ready = (name: string) => statusOf(name, { ready: true, started: true })

test('ContainersReady names those it does not know and those that are not ready', () => {
  const pod = podOf({ spec: { initContainers: [setup, proxy], containers: [web, db] } })
  const type = 'ContainersReady'
  const reason = 'ContainersNotReady'
  for (const [statuses, expected] of [
    [[ready('proxy'), ready('web'), ready('db')], { type, status: 'True' }],
    [
      [ready('proxy'), statusOf('web'), statusOf('db')],
      { type, status: 'False', reason, message: 'containers with unready status: [web db]' },
    ],
    [
      [statusOf('proxy'), ready('web'), ready('db')],
      { type, status: 'False', reason, message: 'containers with unready status: [proxy]' },
    ],
    [
      [ready('proxy'), statusOf('web')],
      {
        type,
        status: 'False',
        reason,
        message: 'containers with unknown status: [db], containers with unready status: [web]',
      },
    ],
  ] as const) {
    assert.deepEqual(containersReady(pod, statuses, 'Running'), expected)
  }
})

test('of a pod that has ended no container is ready', () => {
  for (const [phase, reason] of [
    ['Succeeded', 'PodCompleted'],
    ['Failed', 'PodFailed'],
  ] as const) {
    const expected = { type: 'ContainersReady', status: 'False', reason }
    assert.deepEqual(containersReady(podOf(), [ready('web')], phase), expected)
  }
})

const allReady = { type: 'ContainersReady', status: 'True' }

test('Ready says why the containers are not, else asks the gates', () => {
  const unready = { type: 'ContainersReady', status: 'False', reason: 'r', message: 'm' }
  assert.deepEqual(podReady(podOf(), unready), { ...unready, type: 'Ready' })
  assert.deepEqual(podReady(podOf(), allReady), { type: 'Ready', status: 'True' })
})

test('a readiness gate has to be there and to be True', () => {
  const condition = (type: string, status: string) => ({ type, status }) as PodCondition
  const pod = podOf({
    spec: {
      readinessGates: [
        { conditionType: 'a/up' },
        { conditionType: 'b/up' },
        { conditionType: 'c' },
      ],
    },
    status: { conditions: [condition('a/up', 'True'), condition('b/up', 'False')] },
  })
  assert.deepEqual(podReady(pod, allReady), {
    type: 'Ready',
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message:
      'the status of pod readiness gate "b/up" is not "True", but False, corresponding condition of pod readiness gate "c" does not exist.',
  })
})

test('Initialized waits for init containers to end and for sidecars to start', () => {
  const pod = podOf({ spec: { initContainers: [setup, proxy] } })
  const type = 'Initialized'
  const not = (message: string) => ({
    type,
    status: 'False',
    reason: 'ContainersNotInitialized',
    message,
  })
  const done = statusOf('setup', { ready: true })
  for (const [statuses, expected] of [
    [[], { type, status: 'False', reason: 'UnknownContainerStatuses' }],
    [
      [statusOf('setup'), statusOf('proxy')],
      not('containers with incomplete status: [setup proxy]'),
    ],
    [
      [statusOf('setup')],
      not('containers with unknown status: [proxy], containers with incomplete status: [setup]'),
    ],
    [[done, statusOf('proxy', { ready: true })], not('containers with incomplete status: [proxy]')],
    [[done, statusOf('proxy', { started: true })], { type, status: 'True' }],
  ] as const) {
    assert.deepEqual(initialized(pod, statuses, 'Pending'), expected)
  }
})

test('without init containers, or once a container has started, a pod is initialized', () => {
  const yes = { type: 'Initialized', status: 'True' }
  assert.deepEqual(initialized(podOf(), [], 'Pending'), yes)
  const pod = podOf({ spec: { initContainers: [setup] } })
  for (const started of [
    { state: { running: {} } },
    { state: { terminated: { exitCode: 0 } } },
    { state: { waiting: {} }, lastState: { terminated: { exitCode: 1 } } },
  ]) {
    const statuses = [statusOf('setup'), statusOf('web', started)]
    assert.deepEqual(initialized(pod, statuses, 'Running'), yes)
  }
  const statuses = [statusOf('setup', { ready: true })]
  assert.deepEqual(initialized(pod, statuses, 'Succeeded'), { ...yes, reason: 'PodCompleted' })
})
