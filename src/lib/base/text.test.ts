import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutText, ownBytes, ownText, withoutTrailing } from './text.ts'

test('only what stands at the end goes', () => {
  assert.equal(withoutTrailing('0100', '0'), '01')
  assert.equal(withoutTrailing('a-.b-.-', '-.'), 'a-.b')
  assert.equal(withoutTrailing('000', '0'), '')
  assert.equal(withoutTrailing('', '0'), '')
  assert.equal(withoutTrailing('ab', ''), 'ab')
})

test('a text of its own is the same text', () => {
  const whole = 'ä\ud800"a text that is longer than some'.repeat(10)
  for (const part of [whole.slice(3, 8), whole.slice(1, 90), '']) assert.equal(ownText(part), part)
})

test('bytes of their own are those of the text, and share no block', () => {
  const text = 'ä€ and more'
  assert.deepEqual(ownBytes(text), Buffer.from(text))
  assert.equal(ownBytes(text).buffer.byteLength, Buffer.byteLength(text))
  assert.equal(ownBytes('').length, 0)
})

test('a text that is too long is cut, and says so', () => {
  assert.equal(cutText('abc', 3), 'abc')
  assert.equal(cutText('abcd', 3), 'abc…')
})
