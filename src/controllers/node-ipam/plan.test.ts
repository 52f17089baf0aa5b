import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextCidr } from './plan.ts'

test('the first free part is given, also one that came back', () => {
  assert.equal(nextCidr('10.244.0.0/16', []), '10.244.0.0/24')
  assert.equal(nextCidr('10.244.0.0/16', ['10.244.0.0/24', '10.244.2.0/24']), '10.244.1.0/24')
  assert.equal(nextCidr('10.244.5.9/16', []), '10.244.0.0/24')
})

test('parts of other sizes and other networks are heeded as far as they overlap', () => {
  assert.equal(nextCidr('10.244.0.0/16', ['10.244.0.0/23']), '10.244.2.0/24')
  assert.equal(nextCidr('10.244.0.0/16', ['10.244.0.128/25', '10.245.0.0/16']), '10.244.1.0/24')
  assert.equal(nextCidr('10.244.0.0/16', ['fd00::/64', 'nonsense']), '10.244.0.0/24')
})

test('a full network gives nothing, one that is too small is refused', () => {
  assert.equal(nextCidr('10.244.0.0/23', ['10.244.0.0/24', '10.244.1.0/24']), undefined)
  assert.equal(nextCidr('10.244.0.0/24', []), '10.244.0.0/24')
  assert.throws(() => nextCidr('10.244.0.0/25', []), RangeError)
  assert.throws(() => nextCidr('10.300.0.0/16', []), RangeError)
  assert.throws(() => nextCidr('fd00::/48', []), RangeError)
})
