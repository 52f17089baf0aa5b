import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '#lib'
import { fnv32a, generateName, randomSuffix, safeEncodeString, templateHash } from './hash.ts'

test('hashes are those of the published test vectors', () => {
  const table = [
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ] as const
  for (const [text, fnv1a] of table) {
    assert.equal(fnv32a(text), fnv1a)
  }
})

test('encoded and random words use only harmless characters', () => {
  assert.equal(safeEncodeString('1234567890'), '56789bcdf4')
  fc.assert(
    fc.property(fc.string(), fc.integer(), (text, seed) => {
      assert.match(safeEncodeString(text), /^[bcdfghjklmnpqrstvwxz2456789]*$/)
      assert.match(randomSuffix(seededRandom(seed)), /^[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    }),
  )
})

test('a template hash depends on content and collisions, not on the order of members', () => {
  assert.equal(templateHash({ a: 1, b: { c: 2, d: 3 } }), templateHash({ b: { d: 3, c: 2 }, a: 1 }))
  assert.notEqual(templateHash({ a: 1 }), templateHash({ a: 2 }))
  assert.notEqual(templateHash({ a: 1 }), templateHash({ a: 1 }, 0))
  assert.notEqual(templateHash({ a: 1 }, 0), templateHash({ a: 1 }, 1))
})

test('a generated name keeps its prefix as far as there is room', () => {
  assert.match(generateName('web-', seededRandom(1)), /^web-[a-z0-9]{5}$/)
  const long = generateName('x'.repeat(100), seededRandom(1))
  assert.equal(long.length, 63)
  assert.equal(generateName('a-', seededRandom(3)), generateName('a-', seededRandom(3)))
})
