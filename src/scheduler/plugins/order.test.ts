import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultPlugins } from './index.ts'

/** Upstream's `getDefaultPlugins` with what its feature gates add, and the weights of those that score. */
const upstream: readonly (readonly [name: string, weight?: number])[] = [
  ['SchedulingGates'],
  ['PrioritySort'],
  ['NodeUnschedulable'],
  ['NodeName'],
  ['TaintToleration', 3],
  ['NodeAffinity', 2],
  ['NodePorts'],
  ['NodeResourcesFit', 1],
  ['VolumeRestrictions'],
  ['NodeVolumeLimits'],
  ['VolumeBinding'],
  ['VolumeZone'],
  ['PodTopologySpread', 2],
  ['InterPodAffinity', 2],
  ['DynamicResources', 2],
  ['DefaultPreemption'],
  ['NodeResourcesBalancedAllocation', 1],
  ['ImageLocality', 1],
  ['DefaultBinder'],
  ['NodeDeclaredFeatures'],
]

test('the plugins stand in the order of upstream, with its weights', () => {
  const names = defaultPlugins.map(({ name }) => name)
  assert.deepEqual(
    defaultPlugins.map(({ name, weight }) => (weight === undefined ? [name] : [name, weight])),
    upstream.filter(([name]) => names.includes(name)),
  )
})

test('a plugin that scores has a weight, without which its scores count for nothing', () => {
  for (const { name, weight = 0, preScore } of defaultPlugins) {
    assert.equal(preScore !== undefined, weight > 0, name)
  }
})

test('a plugin that rejects pods says what may bring them back', () => {
  for (const { name, preEnqueue, preFilter, queueingHint } of defaultPlugins) {
    assert.equal(Boolean(preEnqueue ?? preFilter), queueingHint !== undefined, name)
  }
})
