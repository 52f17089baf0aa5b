import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fault, FaultSpec } from '#api'
import { noFaults } from '#node'
import { affectedParts, desiredNode, desiredRegistry } from './desired.ts'

const fault = (spec: FaultSpec): Fault => ({ spec })

test('no fault asks for a sound node', () => {
  assert.deepEqual(desiredNode([]), noFaults)
})

test('faults of one node add up', () => {
  assert.deepEqual(
    desiredNode([
      fault({ type: 'EngineDown', node: 'n' }),
      fault({ type: 'ClockSkew', node: 'n', offset: '90s' }),
      fault({ type: 'ClockSkew', node: 'n', offset: '-30s' }),
    ]),
    { ...noFaults, engineDown: true, clockOffsetMs: 60_000 },
  )
})

test('two partitions of different directions cut both ways', () => {
  const one = fault({ type: 'NodePartition', node: 'n', direction: 'ToServer' })
  const other = fault({ type: 'NodePartition', node: 'n', direction: 'FromServer' })
  assert.equal(desiredNode([one, one]).partition, 'ToServer')
  assert.equal(desiredNode([one, other]).partition, 'Both')
  assert.equal(desiredNode([fault({ type: 'NodePartition', node: 'n' })]).partition, 'Both')
})

test('the worst condition of a registry wins, and none is up', () => {
  const slow = fault({ type: 'RegistrySlow', registry: 'docker.io' })
  const down = fault({ type: 'RegistryDown', registry: 'docker.io' })
  assert.equal(desiredRegistry([slow, down]), 'down')
  assert.equal(desiredRegistry([]), 'up')
})

test('a fault tells which parts of a node it touches', () => {
  assert.deepEqual(affectedParts(fault({ type: 'NodeCrash', node: 'n' })), ['crashed'])
  assert.deepEqual(affectedParts(fault({ type: 'RegistryDown', registry: 'docker.io' })), [])
})
