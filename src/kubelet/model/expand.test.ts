import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expand, expandStrictly } from './expand.ts'

const variables = new Map([
  ['A', 'one'],
  ['B', '$(A)'],
  ['EMPTY', ''],
])

test('references are replaced once, everything else stays as it is written', () => {
  for (const [text, expected] of [
    ['$(A)', 'one'],
    ['x-$(A)-$(A)', 'x-one-one'],
    ['$(EMPTY)', ''],
    ['$(B)', '$(A)'],
    ['$(UNKNOWN)', '$(UNKNOWN)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$$$$(A)', '$$(A)'],
    ['$A $[A] $', '$A $[A] $'],
    ['$(A', '$(A'],
    ['$()', '$()'],
    ['a$$b', 'a$b'],
  ] as const) {
    assert.equal(expand(text, variables), expected, text)
  }
})

test('where each variable has to have a value, those without one are named once each', () => {
  assert.equal(expandStrictly('x/$(A)/$$(UNKNOWN)', variables), 'x/one/$(UNKNOWN)')
  for (const [text, missing] of [
    ['$(UNKNOWN)/x', 'UNKNOWN'],
    ['$(Z)$(EMPTY)$(Z)', 'EMPTY, Z'],
  ] as const) {
    assert.throws(() => expandStrictly(text, variables), {
      message: `missing value for ${missing}`,
    })
  }
})
