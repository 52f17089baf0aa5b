import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextCidrs } from './plan.ts'

const nextCidr = (cidr: string, used: readonly string[]) => nextCidrs([cidr], used)?.[0]

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
})

test('a node gets a part of each family, or none', () => {
  const both = ['10.244.0.0/23', 'fd00:10:244::/48']
  assert.deepEqual(nextCidrs(both, []), ['10.244.0.0/24', 'fd00:10:244::/64'])
  assert.deepEqual(nextCidrs(both, ['10.244.0.0/24', 'fd00:10:244::/64', 'fd00:10:244:2::/64']), [
    '10.244.1.0/24',
    'fd00:10:244:1::/64',
  ])
  assert.equal(nextCidrs(both, ['10.244.0.0/24', '10.244.1.0/24']), undefined)
})

test('parts of IPv6 are told apart in networks of any width that upstream counts', () => {
  assert.equal(nextCidr('fd00::/63', ['fd00::/64']), 'fd00:0:0:1::/64')
  assert.equal(nextCidr('fd00::/63', ['fd00::/64', 'fd00:0:0:1::/64']), undefined)
  assert.equal(nextCidr('fd00::/56', ['fd00::/57']), 'fd00:0:0:80::/64')
  assert.equal(nextCidr('fd00::/56', ['::/0']), undefined)
  assert.throws(() => nextCidr('fd00::/47', []), RangeError)
  assert.throws(() => nextCidr('fd00::/65', []), RangeError)
})
