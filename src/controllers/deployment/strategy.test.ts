import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IntOrString } from '#machinery/quantity'
import { maxSurge, maxUnavailable, resolveFenceposts } from './strategy.ts'

const limits: readonly (readonly [IntOrString, IntOrString, number, number, number])[] = [
  // surge, unavailable, replicas, then what they come to
  ['0%', '0%', 0, 0, 1],
  ['39%', '39%', 10, 4, 3],
  ['25%', '25%', 10, 3, 2],
  ['25%', '25%', 1, 1, 0],
  ['0%', '25%', 1, 0, 1],
  [0, 0, 10, 0, 1],
  [2, 0, 10, 2, 0],
  [0, '100%', 10, 0, 10],
]

for (const [surge, unavailable, replicas, expectedSurge, expectedUnavailable] of limits) {
  test(`surge ${surge} and unavailable ${unavailable} of ${replicas} replicas`, () => {
    assert.deepEqual(resolveFenceposts(surge, unavailable, replicas), {
      surge: expectedSurge,
      unavailable: expectedUnavailable,
    })
  })
}

test('no more can be unavailable than there are, and nothing surges while all is recreated', () => {
  const of = (replicas: number, type: string) => ({
    spec: { replicas, strategy: { type, rollingUpdate: { maxSurge: 3, maxUnavailable: 10 } } },
  })
  const [rolling, recreated] = [of(2, 'RollingUpdate'), of(2, 'Recreate')] as never[]
  assert.equal(maxUnavailable(rolling as never), 2)
  assert.equal(maxSurge(rolling as never), 3)
  assert.equal(maxUnavailable(recreated as never), 0)
  assert.equal(maxSurge(recreated as never), 0)
  assert.equal(maxUnavailable(of(0, 'RollingUpdate') as never), 0)
})
