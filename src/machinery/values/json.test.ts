import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeJson } from '../codec/json/json.ts'
import { decodeYaml } from '../codec/yaml/yaml.ts'
import { encodeJson, parseJson } from './json.ts'

const texts = [
  '9223372036854775807',
  '-9223372036854775808',
  '9007199254740993',
  '[9007199254740993,1,{"a":-9007199254740993,"b":"9007199254740993","c":[],"d":{}}]',
  '{"a\\"b":9007199254740993,"__proto__":{"x":null},"t":[true,false,1.5,"é"]}',
] as const
for (const text of texts) {
  test(`${text} keeps its digits as JSON and as YAML`, () => {
    assert.equal(encodeJson(parseJson(text)), text)
    assert.deepEqual(decodeJson(text).value, parseJson(text))
    assert.deepEqual(decodeYaml(`x: ${text}`), [{ x: parseJson(text) }])
  })
}

test('only integers that a number cannot hold, and Go can, are bigints', () => {
  const text =
    '[9007199254740991,9007199254740992,9223372036854775807,9223372036854775808,1e17,1.0]'
  const kinds = (parseJson(text) as readonly unknown[]).map((each) => typeof each)
  assert.deepEqual(kinds, ['number', 'bigint', 'bigint', 'number', 'number', 'number'])
})

test('indented JSON is what JSON.stringify would write', () => {
  const value = { a: [1, { b: 'c' }], d: [], e: {}, f: undefined }
  const text = encodeJson({ ...value, z: 2n ** 53n }, 2)
  assert.equal(
    text,
    JSON.stringify({ ...value, z: 0 }, null, 2).replace(/0\n}$/, `${2n ** 53n}\n}`),
  )
})

test('any JSON with a long integer in it reads and writes as it would without', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      (value, n) => {
        const text = `{"n":${n},"value":${JSON.stringify(value)}}`
        assert.equal(encodeJson(parseJson(text)), text)
        assert.deepEqual(decodeJson(text).value, parseJson(text))
      },
    ),
  )
})
