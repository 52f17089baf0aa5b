import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldSet } from '../model/field-set.ts'
import { memberPath } from '../model/path-element.ts'
import { atomicType, deducedType } from '../model/schema.ts'
import { sharedSet } from './shared-sets.ts'

const replicas = () => fieldSet(memberPath('spec', 'replicas'))

test('equal sets of one type are one value', () => {
  const first = sharedSet(replicas(), atomicType)
  sharedSet(fieldSet(memberPath('spec')), atomicType)
  assert.equal(sharedSet(replicas(), atomicType), first)
  const other = replicas()
  assert.equal(sharedSet(other, deducedType), other)
})

test('shapes that have not been seen for a while are forgotten', () => {
  const first = sharedSet(replicas(), atomicType)
  for (let i = 0; i < 8; i++) sharedSet(fieldSet(memberPath(`field${i}`)), atomicType)
  assert.notEqual(sharedSet(replicas(), atomicType), first)
})
