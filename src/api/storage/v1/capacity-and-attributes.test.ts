import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CSIStorageCapacity, VolumeAttributesClass } from '../../generated/types/storage-v1.ts'
import { refusalsOf, updateRefusalsOf } from '../../shared/refusals-fixture.ts'
import { csiStorageCapacities, volumeAttributesClasses } from '../index.ts'

const capacity = (more: object = {}): CSIStorageCapacity => ({ storageClassName: 'fast', ...more })
const attributes = (more: object = {}): VolumeAttributesClass => ({
  metadata: { namespace: '' },
  driverName: 'csi.example.com',
  parameters: { iops: '1' },
  ...more,
})

test('a capacity must not be below nothing, and what it is of stays', () => {
  assert.deepEqual(refusalsOf(csiStorageCapacities, capacity({ capacity: '1Gi' })), [])
  assert.deepEqual(refusalsOf(csiStorageCapacities, capacity({ capacity: '-1' })), [
    'capacity: Invalid value: "-1": must be greater than or equal to 0',
  ])
  const moved = capacity({ storageClassName: 'slow', nodeTopology: { matchLabels: { a: 'b' } } })
  assert.deepEqual(updateRefusalsOf(csiStorageCapacities, capacity(), moved), [
    'nodeTopology: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable',
    'storageClassName: Invalid value: "slow": field is immutable',
  ])
  assert.deepEqual(
    updateRefusalsOf(csiStorageCapacities, capacity(), capacity({ capacity: '5' })),
    [],
  )
})

test('a class of attributes has a driver and parameters, which stay', () => {
  assert.deepEqual(refusalsOf(volumeAttributesClasses, attributes()), [])
  assert.deepEqual(
    refusalsOf(volumeAttributesClasses, attributes({ driverName: '', parameters: {} })),
    [
      'driverName: Required value',
      'parameters: Required value: must contain at least one key/value pair',
    ],
  )
  const changed = attributes({ driverName: 'other.example.com', parameters: { iops: '2' } })
  assert.deepEqual(updateRefusalsOf(volumeAttributesClasses, attributes(), changed), [
    'driverName: Forbidden: updates to driverName are forbidden.',
    'parameters: Forbidden: updates to parameters are forbidden.',
  ])
})
