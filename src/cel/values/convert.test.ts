import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeJson, parseJson } from '#machinery'
import { outcome } from '../cel-fixture.ts'
import { type CelType, celTypes, listType, mapType } from './cel-type.ts'
import { celValueOf, jsonOf } from './convert.ts'
import { celEquals } from './equal.ts'
import { escapeFieldName, objectType } from './escape.ts'
import { formatCelDuration, formatTimestamp, parseCelDuration, parseTimestamp } from './temporal.ts'
import { CelDuration, CelTimestamp } from './values.ts'

/** Types, each with JSON values of it. */
const typed: fc.Arbitrary<{ type: CelType; json: unknown }> = fc.letrec<{
  typed: { type: CelType; json: unknown }
}>((tie) => ({
  typed: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger().map((json) => ({ type: celTypes.int, json })),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((json) => ({ type: celTypes.double, json })),
    fc.string().map((json) => ({ type: celTypes.string, json })),
    fc.boolean().map((json) => ({ type: celTypes.bool, json })),
    fc
      .uint8Array()
      .map((bytes) => ({ type: celTypes.bytes, json: Buffer.from(bytes).toString('base64') })),
    fc
      .oneof(fc.string(), fc.maxSafeInteger())
      .map((json) => ({ type: celTypes.intOrString, json })),
    fc.json().map((text) => ({ type: celTypes.dyn, json: parseJson(text) })),
    tie('typed').map(({ type, json }) => ({ type: listType(type), json: [json, json] })),
    fc.tuple(fc.string(), tie('typed')).map(([key, { type, json }]) => ({
      type: mapType(celTypes.string, type),
      json: Object.fromEntries([[key, json]]),
    })),
    fc
      .tuple(fc.stringMatching(/^[a-z][a-zA-Z0-9_./-]{0,8}$/), tie('typed'))
      .map(([key, { type, json }]) => ({
        type: objectType('object', { [key]: type }),
        json: { [key]: json },
      })),
  ),
})).typed

test('a value of CEL becomes the JSON that it was made of', () => {
  fc.assert(
    fc.property(typed, ({ type, json }) => {
      const plain = parseJson(encodeJson(json))
      assert.equal(encodeJson(jsonOf(celValueOf(type, plain))), encodeJson(plain))
    }),
  )
})

test('a value equals another of the same JSON', () => {
  fc.assert(
    fc.property(typed, ({ type, json }) => {
      assert.ok(celEquals(celValueOf(type, json), celValueOf(type, structuredClone(json))))
    }),
  )
})

test('what does not fit its type is an error in the words of upstream', () => {
  const wrong: readonly (readonly [CelType, unknown, string])[] = [
    [celTypes.int, 'a', 'invalid data, expected int, got string'],
    [celTypes.int, 1.5, 'invalid data, expected int, got float64'],
    [celTypes.int, null, 'invalid data, got null for schema with nullable=false'],
    [celTypes.string, 1, 'invalid data, expected string, got int64'],
    [celTypes.bool, 'true', 'invalid data, expected bool, got string'],
    [celTypes.double, true, 'invalid data, expected float, got bool'],
    [
      celTypes.intOrString,
      true,
      'invalid data, expected XIntOrString value to be either a string or integer',
    ],
    [
      listType(celTypes.int),
      {},
      'invalid data, expected an array for the provided schema with type=array',
    ],
    [
      objectType('o', {}),
      [],
      'invalid data, expected a map for the provided schema with type=object',
    ],
    [celTypes.timestamp, 'x', 'Invalid date-time formatted string x'],
    [celTypes.int, 2 ** 63, 'integer overflow'],
  ]
  for (const [type, json, message] of wrong) {
    assert.throws(() => celValueOf(type, json), { message }, message)
  }
})

test('names of properties are escaped as upstream does', () => {
  const names: Readonly<Record<string, string | undefined>> = {
    namespace: '__namespace__',
    'a-b': 'a__dash__b',
    'a.b': 'a__dot__b',
    'a/b': 'a__slash__b',
    a__b: 'a__underscores__b',
    '/x': '__slash__x',
    int: 'int',
    '1a': undefined,
    'a b': undefined,
    '': undefined,
  }
  for (const [name, escaped] of Object.entries(names)) assert.equal(escapeFieldName(name), escaped)
})

test('strings with a format become moments, spans of time and bytes', () => {
  const type = objectType('o', {
    at: celTypes.timestamp,
    day: celTypes.date,
    for: celTypes.duration,
    data: celTypes.bytes,
  })
  const value = celValueOf(type, {
    at: '2024-01-01T00:00:00Z',
    day: '2024-01-02',
    for: '1h',
    data: 'aGk=',
  })
  const variables = { self: { type, value } }
  assert.equal(
    outcome('self.day - self.at == duration("24h") && self.__for__ == duration("60m")', variables),
    true,
  )
  assert.equal(outcome('string(self.data) == "hi"', variables), true)
})

test('lists that are sets compare without their order and unite', () => {
  const type = objectType('o', {
    a: listType(celTypes.string, { identity: 'set' }),
    b: listType(celTypes.string),
  })
  const variables = { self: { type, value: celValueOf(type, { a: ['x', 'y'], b: ['y', 'x'] }) } }
  assert.equal(
    outcome('self.a == self.b && self.a == ["y", "x"] && self.a != ["x", "z"]', variables),
    true,
  )
  assert.equal(outcome('(self.a + ["z", "x"]).map(e, e) == ["x", "y", "z"]', variables), true)
  assert.equal(outcome('self.b + ["y"] == ["y", "x", "y"] && self.b != self.a', variables), true)
})

test('lists that are maps compare and add by their keys', () => {
  const element = objectType('e', { k: celTypes.string, v: celTypes.int })
  const type = objectType('o', { a: listType(element, { identity: ['k'] }), b: listType(element) })
  const a = [
    { k: 'x', v: 1 },
    { k: 'y', v: 2 },
  ]
  const variables = {
    self: {
      type,
      value: celValueOf(type, {
        a,
        b: [
          { k: 'y', v: 2 },
          { k: 'x', v: 1 },
        ],
      }),
    },
  }
  assert.equal(outcome('self.a == self.b', variables), true)
  const other = {
    self: {
      type,
      value: celValueOf(type, {
        a,
        b: [
          { k: 'z', v: 3 },
          { k: 'x', v: 9 },
        ],
      }),
    },
  }
  assert.equal(outcome('(self.a + self.b).map(e, e.v) == [9, 2, 3]', other), true)
})

test('properties that no expression can name, and null, count as they stand', () => {
  const type = objectType('o', { a: celTypes.int, 'b c': celTypes.int })
  assert.ok(celEquals(celValueOf(type, { a: null }), celValueOf(type, {})))
  assert.ok(!celEquals(celValueOf(type, { 'b c': 1 }), celValueOf(type, { 'b c': 2 })))
})

test('moments and spans of time are read from what they are written as', () => {
  const seconds = fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n })
  fc.assert(
    fc.property(seconds, fc.bigInt({ min: 0n, max: 999_999_999n }), (whole, fraction) => {
      const at = new CelTimestamp(whole * 10n ** 9n + fraction)
      assert.equal(parseTimestamp(formatTimestamp(at))?.nanos, at.nanos)
    }),
  )
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (nanos) => {
      assert.equal(parseCelDuration(formatCelDuration(new CelDuration(nanos)))?.nanos, nanos)
    }),
  )
})
