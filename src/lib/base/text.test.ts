import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutTrailing } from './text.ts'

test('only what stands at the end goes', () => {
  assert.equal(withoutTrailing('0100', '0'), '01')
  assert.equal(withoutTrailing('a-.b-.-', '-.'), 'a-.b')
  assert.equal(withoutTrailing('000', '0'), '')
  assert.equal(withoutTrailing('', '0'), '')
  assert.equal(withoutTrailing('ab', ''), 'ab')
})
