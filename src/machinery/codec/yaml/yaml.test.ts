import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withinMs } from '../../hostile-fixture.ts'
import { decodeYaml, decodeYamlBody } from './yaml.ts'

test('YAML 1.1 is read as kubectl reads it', () => {
  const table: readonly [string, unknown][] = [
    ['on', true],
    ['no', false],
    ['012', 10],
    ['0x1F', 31],
    ['1_000', 1000],
    ['"on"', 'on'],
    ['22:22', '22:22'],
    ['2026-01-02', '2026-01-02'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
    ['1.5', 1.5],
    ['~', null],
    ['1Gi', '1Gi'],
    ['y', true],
    ['0b101', 5],
    ['-0x1f', -31],
    ['+1', 1],
    ['08', 8],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1e999', '1e999'],
    ['18446744073709551616', 18446744073709552000],
    ['1.2.3', '1.2.3'],
    ['!!str 1', '1'],
    ['!!float 1', 1],
    ['!mine 1', '1'],
    ['!!binary aGk=', 'hi'],
    ['|\n  x\n  y', 'x\ny\n'],
  ]
  for (const [text, want] of table) assert.deepEqual(decodeYaml(`a: ${text}`), [{ a: want }], text)
  assert.deepEqual(decodeYaml('1: a\ntrue: b'), [{ 1: 'a', true: 'b' }])
  assert.deepEqual(decodeYaml('a: &x {b: 1}\nc:\n  <<: *x\n  d: 2'), [
    { a: { b: 1 }, c: { b: 1, d: 2 } },
  ])
})

test('a manifest may have several documents, and empty ones do not count', () => {
  assert.deepEqual(decodeYaml('---\na: 1\n---\n# nothing\n---\nb: 2\n...\n'), [{ a: 1 }, { b: 2 }])
  assert.deepEqual(decodeYaml(''), [])
  assert.deepEqual(decodeYaml('{"a": 1}'), [{ a: 1 }])
  assert.deepEqual(decodeYaml('{a: 1}'), [{ a: 1 }])
  assert.deepEqual(decodeYamlBody('a: 1'), { value: { a: 1 } })
  assert.deepEqual(decodeYamlBody(''), { value: undefined })
})

test('what cannot be read is refused', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]']
  for (let i = 98; i < 106; i++) {
    const [name, last] = [String.fromCharCode(i), String.fromCharCode(i - 1)]
    bomb.push(`${name}: &${name} [${`*${last},`.repeat(9)}]`)
  }
  for (const text of ['a: [1', 'a: 1\na: 2', 'a: b: c', '\ta: 1', 'a: .inf', bomb.join('\n')]) {
    assert.throws(() => decodeYaml(text), /^Error: error converting YAML to JSON: /, text)
  }
  assert.throws(() => decodeYaml(`a: ${'['.repeat(1500)}${']'.repeat(1500)}`), /exceeded max depth/)
})

test('keys may be numbers and booleans, and __proto__ is only a key', () => {
  const [value] = decodeYaml('1: a\n0x10: b\nyes: c\n__proto__: d')
  assert.deepEqual(Object.entries(value as object), [
    ['1', 'a'],
    ['16', 'b'],
    ['true', 'c'],
    ['__proto__', 'd'],
  ])
})

test('of a repeated key the last value counts, and strict decoding is told the line', () => {
  assert.deepEqual(decodeYamlBody('a: 1\nb: 2\na: 3\n'), {
    value: { a: 3, b: 2 },
    fault: 'yaml: unmarshal errors:\n  line 3: key "a" already set in map',
  })
})

const refused: readonly [string, RegExp][] = [
  ['a: *b', /yaml: unknown anchor 'b' referenced$/],
  ['a: &b [*b]', /yaml: anchor 'b' value contains itself$/],
  ['a: .inf', /converting YAML to JSON: json: unsupported value: \+Inf$/],
  ['? [a]\n: b', /yaml: invalid map key$/],
  ['<<: 1', /yaml: map merge requires map or sequence of maps as the value$/],
  ['a: !!int x', /yaml: cannot decode !!str `x` as a !!int$/],
  ['a: [1', /yaml: line 1: /],
]
for (const [text, message] of refused) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => decodeYaml(text), message)
  })
}

/** Bodies of up to 3 MB; what was quadratic in one of them took from ten seconds to minutes. */
const hostile: Readonly<Record<string, () => string>> = {
  '10,000 keys': () => Array.from({ length: 10_000 }, (_, i) => `k${i}: 1\n`).join(''),
  'one long list': () => `a:\n${'- 1\n'.repeat(90_000)}`,
  'a list with more items than are taken': () => `a:\n${'- 1\n'.repeat(750_000)}`,
  'a list in flow style': () => `a: [${'1,'.repeat(90_000)}]`,
  'empty documents': () => '---\n'.repeat(780_000),
  'brackets that are never closed': () => '['.repeat(3_000_000),
  'many levels': () => '- '.repeat(120_000),
  'a key that stands there over and over': () => 'a: 1\n'.repeat(90_000),
  'a map that is merged over and over': () =>
    `a: &a {${Array.from({ length: 300 }, (_, i) => `k${i}: 1`).join()}}\nb:\n${'  <<: *a\n'.repeat(3000)}`,
  'many anchors': () => Array.from({ length: 90_000 }, (_, i) => `- &a${i} x\n`).join(''),
  'lines of a quoted text': () => `a: "${'x\n '.repeat(1_000_000)}"`,
  'a number of a million digits': () => `a: ${'1_'.repeat(1_000_000)}`,
  'blanks before a comment': () => `a: b${' '.repeat(3_000_000)}c`,
}
for (const [name, text] of Object.entries(hostile)) {
  test(`the time for ${name} grows with its length only`, () => {
    const body = text()
    withinMs(2_000, () => {
      try {
        decodeYaml(body)
      } catch (error) {
        assert.match((error as Error).message, /^error converting YAML to JSON: yaml: /)
      }
    })
  })
}
