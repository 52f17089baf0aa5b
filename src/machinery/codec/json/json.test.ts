import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../../values/json.ts'
import { decodeJson } from './json.ts'
import { findFieldFaults } from './json-scanner.ts'

const faults: readonly [string, string][] = [
  ['', 'unexpected end of JSON input'],
  ['{', 'unexpected end of JSON input'],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['[1 2]', "invalid character '2' after array element"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['trve', "invalid character 'v' in literal true (expecting 'u')"],
  ['-', 'unexpected end of JSON input'],
  ['-x', "invalid character 'x' in numeric literal"],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['1e+x', "invalid character 'x' in exponent of numeric literal"],
  ['01', "invalid character '1' after top-level value"],
  ["'", "invalid character '\\'' looking for beginning of value"],
  ['\ufeff{}', "invalid character '\\ufeff' looking for beginning of value"],
  [`${'['.repeat(2000)}`, 'exceeded max depth'],
]

for (const [text, message] of faults) {
  test(`the text ${JSON.stringify(text.slice(0, 20))} is refused: ${message}`, () => {
    assert.throws(() => decodeJson(text), { message })
    assert.throws(() => decodeJson(Buffer.from(text)), { message })
  })
}

test('repeated keys are found with their paths, and the last value counts', () => {
  const text = '{"a":1,"b":[{"c":{"d":1,"d":2}},{"c":1,"\\u0063":2}],"a":":{"}'
  const decoded = decodeJson(text)
  const duplicates = ['b[0].c.d', 'b[1].c', 'a'].map((path) => `duplicate field "${path}"`)
  assert.deepEqual(decoded.faults([]), duplicates)
  assert.deepEqual(decoded.value, { a: ':{', b: [{ c: { d: 2 } }, { c: 2 }] })
})

test('repeated and unknown fields are listed in the order of the text, once each', () => {
  const { faults } = decodeJson('{"x":{"d":1,"d":2},"a":1,"a":2,"y":1,"a":3,"y":2}')
  assert.deepEqual(faults(['y', 'x']), [
    'unknown field "x"',
    'duplicate field "a"',
    'unknown field "y"',
    'duplicate field "y"',
  ])
})

test('no more than a hundred faults are listed, however many there are', () => {
  const twice = Array.from({ length: 150 }, (_, i) => `"k${i}":1,"k${i}":2`)
  assert.equal(decodeJson(`{${twice.join(',')}}`).faults([]).length, 100)
})

test('any JSON value is decoded without complaint, and the scanner agrees', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      const { value, hasDuplicates } = decodeJson(text)
      assert.deepEqual(value, parseJson(text))
      assert.equal(hasDuplicates, false)
      assert.deepEqual(findFieldFaults(text), [])
    }),
  )
})

test('whatever the native parser refuses is explained, and nothing else', () => {
  const pieces = fc.constantFrom(...'{}[]:,"\\u0aetrufalsn-1.eE \n', 'null', 'true', '""')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('')
      let valid = true
      try {
        JSON.parse(text)
      } catch {
        valid = false
      }
      if (valid) findFieldFaults(text)
      else assert.throws(() => findFieldFaults(text), /^Error: (invalid character|unexpected end)/)
    }),
    { numRuns: 2000 },
  )
})
