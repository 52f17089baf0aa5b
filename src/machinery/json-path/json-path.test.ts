import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJsonPath } from './json-path.ts'

const object = {
  spec: { replicas: 3, 'a.b': 'dotted', list: [1, 2, 3, 4], nothing: null },
  status: {
    conditions: [
      { type: 'Synced', status: 'False' },
      { type: 'Ready', status: 'True', weight: 5 },
    ],
  },
}

const paths: readonly (readonly [string, readonly unknown[]])[] = [
  ['.spec.replicas', [3]],
  ['$.spec.replicas', [3]],
  ['spec.replicas', [3]],
  ['.spec.a\\.b', ['dotted']],
  [".spec['a.b']", ['dotted']],
  ['.spec.none.deeper', []],
  ['.spec.nothing', [null]],
  ['.spec.nothing.deeper', []],
  ['.spec.list[0]', [1]],
  ['.spec.list[-1]', [4]],
  ['.spec.list[9]', []],
  ['.spec.list[1:3]', [2, 3]],
  ['.spec.list[-2:]', [3, 4]],
  ['.spec.list[0:4:2]', [1, 3]],
  ['.spec.list[0,2]', [1, 3]],
  ['.spec.list[*]', [1, 2, 3, 4]],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type == 'Ready')].status", ['True']],
  ['.status.conditions[?(@.type!="Ready")].status', ['False']],
  ['.status.conditions[?(@.weight>4)].type', ['Ready']],
  ['.status.conditions[?(@.weight<=4)].type', []],
  ['.status.conditions[?(@.weight)].type', ['Ready']],
  ['.status.conditions[*].type', ['Synced', 'Ready']],
  ['..weight', [5]],
  ['.constructor', []],
  ['.', [object]],
]
for (const [path, found] of paths) {
  test(`${path} leads to ${JSON.stringify(found).slice(0, 40)}`, () => {
    assert.deepEqual(parseJsonPath(path).all(object), found)
    assert.deepEqual(parseJsonPath(path).first(object), found[0])
  })
}

for (const path of [
  '.a[',
  '.a[b]',
  '.a[]',
  '.a[?(b)]',
  '.a[0:1:0]',
  '.a]b',
  '.a..[',
  'x'.repeat(5000),
]) {
  test(`${path.slice(0, 20)} is refused, or found nowhere`, () => {
    try {
      assert.deepEqual(parseJsonPath(path).all(object), [])
    } catch (error) {
      assert.ok(error instanceof Error && error.message.length > 0)
    }
  })
}

test('a path that leads everywhere again and again is given up in bounded work', () => {
  const wide = {
    a: Array.from({ length: 30 }, () => ({ a: Array.from({ length: 30 }, () => ({})) })),
  }
  const started = process.hrtime.bigint()
  assert.equal(parseJsonPath('..*..*..*..*..missing').first(wide), undefined)
  assert.ok(Number(process.hrtime.bigint() - started) / 1e6 < 500)
})
