import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DaemonSet, Pod } from '#api'
import type { Stored } from '#machinery'
import {
  nodeWith,
  nowMs,
  type PodTraits,
  podWith,
  secondsAgo,
  storedObject,
} from '../shared/objects-fixture.ts'
import { hashLabel } from './observed.ts'
import { daemonSetStatus } from './status.ts'

const daemonSet = storedObject('agent', {
  spec: { template: { spec: { containers: [] } } },
} as unknown as DaemonSet)

function pod(hash: string, age: number, traits: PodTraits = {}): Stored<Pod> {
  const metadata = { labels: { [hashLabel]: hash }, creationTimestamp: secondsAgo(age) }
  return podWith(`${hash}-${age}`, { node: 'a', ...traits, metadata })
}

function statusOf(...pods: readonly Stored<Pod>[]) {
  const nodes = [nodeWith('a')]
  const observed = { daemonSet, nodes, pods, hash: 'new', nowMs, failedPodDelayMs: () => 0 }
  const status = daemonSetStatus(observed)
  const { currentNumberScheduled: current, numberReady: ready, updatedNumberScheduled } = status
  return { current, ready, updated: updatedNumberScheduled ?? 0 }
}

test('while a node surges its older pod speaks for it', () => {
  const old = pod('old', 100, { readyFor: 90 })
  assert.deepEqual(statusOf(pod('new', 1), old), { current: 1, ready: 1, updated: 0 })
})

test('a pod that is being deleted counts until it has ended', () => {
  const leaving = { leaving: true, readyFor: 90 }
  assert.deepEqual(statusOf(pod('old', 100, leaving)), { current: 1, ready: 1, updated: 0 })
  const gone = pod('old', 100, { leaving: true, phase: 'Failed' })
  assert.deepEqual(statusOf(gone), { current: 0, ready: 0, updated: 0 })
})

test('a pod that ended by itself is still there, and not ready', () => {
  const failed = pod('new', 100, { phase: 'Failed' })
  assert.deepEqual(statusOf(failed), { current: 1, ready: 0, updated: 1 })
})
