import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeFacts } from '#host'
import { kubeletDefaults } from '../model/config.ts'
import { testWorld } from '../model/kubelet-fixture.ts'
import { machineResources } from './capacity.ts'

const gib = 2 ** 30
const facts = { cpus: 4, memoryBytes: 8 * gib, hugePages: {} } as unknown as NodeFacts
const disk = { capacityBytes: 100 * gib } as never
const { config } = testWorld({ config: { evictionHard: {} } }).world

test('a node offers what it has', () => {
  const { capacity, allocatable } = machineResources(facts, disk, config)
  assert.deepEqual(capacity, {
    cpu: '4',
    'ephemeral-storage': '104857600Ki',
    memory: '8388608Ki',
    pods: String(kubeletDefaults.maxPods),
  })
  assert.equal(allocatable.cpu, '4')
  assert.equal(allocatable.memory, '8Gi')
})

test('what is reserved, and what would evict pods, is not offered', () => {
  const evictionHard = { 'memory.available': '1Gi', 'nodefs.available': '10%' }
  const kept = { ...config, evictionHard, reserved: { cpu: '500m', memory: '1Gi' } }
  const { capacity, allocatable } = machineResources(facts, disk, kept)
  assert.equal(capacity.cpu, '4')
  assert.equal(allocatable.cpu, '3500m')
  assert.equal(allocatable.memory, '6Gi')
  assert.equal(allocatable['ephemeral-storage'], String(90 * gib))
})

test('huge pages are taken from the memory', () => {
  const with2Mi = { ...facts, hugePages: { [2 ** 21]: gib } } as unknown as NodeFacts
  const { capacity, allocatable } = machineResources(with2Mi, disk, config)
  assert.equal(capacity['hugepages-2Mi'], '1Gi')
  assert.equal(allocatable.memory, '7Gi')
})
