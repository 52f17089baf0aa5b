import assert from 'node:assert/strict'
import { test } from 'node:test'
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
  assert.deepEqual(decodeYamlBody('a: 1'), { a: 1 })
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
