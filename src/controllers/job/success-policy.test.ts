import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SuccessPolicy } from '#api'
import { parseIndexes } from './indexes.ts'
import { successByPolicy } from './success-policy.ts'

test('a Job has succeeded by the first rule that its indexes satisfy', () => {
  const matched = (at: number) => `Matched rules at index ${at}`
  const cases: readonly (readonly [SuccessPolicy['rules'], string, string | undefined])[] = [
    [[{ succeededCount: 2 }], '0', undefined],
    [[{ succeededCount: 2 }], '0,5', matched(0)],
    [[{ succeededIndexes: '1-3' }], '1,3', undefined],
    [[{ succeededIndexes: '1-3' }], '1-4', matched(0)],
    [[{ succeededIndexes: '1-3', succeededCount: 2 }], '0,3', undefined],
    [[{ succeededIndexes: '1-3', succeededCount: 2 }], '1,3', matched(0)],
    [[{ succeededIndexes: '9' }, { succeededCount: 1 }], '4', matched(1)],
    // Indexes that there are no more count for nothing.
    [[{ succeededIndexes: '1,20-30' }], '1', matched(0)],
    [[{ succeededIndexes: '20-30' }], '1', undefined],
    [[{ succeededCount: 0 }], '', undefined],
  ]
  for (const [rules, succeeded, expected] of cases) {
    const found = successByPolicy({ rules }, 10, parseIndexes(succeeded))
    assert.equal(found, expected, `${JSON.stringify(rules)} ${succeeded}`)
  }
  assert.equal(successByPolicy(undefined, 10, new Set([1])), undefined)
})
