import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expand } from './expand.ts'

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
