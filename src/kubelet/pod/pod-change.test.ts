import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api'
import type { Stored } from '#machinery'
import { asksForSync } from './pod-change.ts'

const gate = 'example.com/registered'
const base: Stored<Pod> = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '1',
    labels: { a: '1' },
  },
  spec: {
    containers: [{ name: 'web', image: 'nginx' }],
    readinessGates: [{ conditionType: gate }],
  },
  status: { phase: 'Pending' },
} as unknown as Stored<Pod>

const withMetadata = (more: object): Stored<Pod> => ({
  ...base,
  metadata: { ...base.metadata, ...more },
})

test('a kubelet has nothing to do for the status that it told itself', () => {
  const condition = { type: 'Ready', status: 'True' }
  const reported = { ...base, status: { phase: 'Running', conditions: [condition] } }
  assert.equal(
    asksForSync(base, { ...reported, metadata: { ...base.metadata, resourceVersion: '2' } }),
    false,
  )
  assert.equal(asksForSync(base, withMetadata({ finalizers: ['example.com/wait'] })), false)
})

test('a pod that others have changed is looked at', () => {
  const image = { ...base.spec, containers: [{ name: 'web', image: 'nginx:2' }] }
  const changes: Readonly<Record<string, Stored<Pod>>> = {
    spec: { ...base, spec: image } as Stored<Pod>,
    labels: withMetadata({ labels: { a: '2' } }),
    annotations: withMetadata({ annotations: { a: '1' } }),
    deletion: withMetadata({ deletionTimestamp: '2026-01-01T00:00:00Z' }),
    grace: withMetadata({ deletionGracePeriodSeconds: 1 }),
  }
  for (const [what, after] of Object.entries(changes)) {
    assert.equal(asksForSync(base, after), true, what)
  }
})

test('the condition of a readiness gate is looked at, others are not', () => {
  const saying = (type: string, status: string) =>
    ({ ...base, status: { ...base.status, conditions: [{ type, status }] } }) as Stored<Pod>
  assert.equal(asksForSync(base, saying(gate, 'True')), true)
  assert.equal(asksForSync(saying(gate, 'True'), saying(gate, 'False')), true)
  assert.equal(asksForSync(saying(gate, 'True'), saying(gate, 'True')), false)
  assert.equal(asksForSync(base, saying('example.com/other', 'True')), false)
})
