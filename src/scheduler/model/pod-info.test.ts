import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerStatus, Pod } from '#api'
import type { Stored } from '#machinery'
import { podInfoOf } from './pod-info.ts'

const granted = (cpu: string): ContainerStatus => ({
  ...{ name: 'c', image: '', imageID: '', ready: true, restartCount: 0 },
  resources: { requests: { cpu } },
})

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] },
  status: { phase: 'Pending', containerStatuses: [granted('1')] },
} satisfies Stored<Pod>

/** As a write makes it: what it leaves as it was is shared. */
const next = (changes: Partial<Pod>): Stored<Pod> => ({ ...pod, ...changes }) as Stored<Pod>

test('a pod of whose requests nothing has changed keeps what was computed of them', () => {
  const before = podInfoOf(pod)
  const status = { ...pod.status, phase: 'Running' }
  const metadata = { ...pod.metadata, labels: { app: 'web' } }
  const after = podInfoOf(next({ status, metadata }), before)
  assert.equal(after.request, before.request)
  assert.equal(after.pod.status?.phase, 'Running')
  assert.deepEqual(after.labels, { app: 'web' })
})

test('a new spec, and what a kubelet grants beyond it, are counted', () => {
  const before = podInfoOf(pod)
  const spec = { containers: [{ name: 'c', resources: { requests: { cpu: '2' } } }] }
  assert.equal(podInfoOf(next({ spec }), before).request.milliCpu, 2000)
  const status = { ...pod.status, containerStatuses: [granted('3')] }
  assert.equal(podInfoOf(next({ status }), before).request.milliCpu, 3000)
})
