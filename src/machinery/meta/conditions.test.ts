import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deepEqual } from '../values/deep-equal.ts'
import { type Condition, findCondition, hasCondition, setCondition } from './conditions.ts'

const at0 = '1970-01-01T00:00:00Z'
const at1 = '1970-01-01T00:00:01Z'

test('a condition moves its transition time only with its status', () => {
  const one = setCondition<Condition>(undefined, { type: 'A', status: 'False', reason: 'X' }, 0)
  assert.deepEqual([...one], [{ type: 'A', status: 'False', reason: 'X', lastTransitionTime: at0 }])
  const same = setCondition(one, { type: 'A', status: 'False', reason: 'Y' }, 1000)
  assert.equal(same[0]?.lastTransitionTime, at0)
  assert.equal(same[0]?.reason, 'Y')
  const flipped = setCondition(same, { type: 'A', status: 'True', reason: 'Y' }, 1000)
  assert.equal(flipped[0]?.lastTransitionTime, at1)
  const given = { type: 'A', status: 'False', lastTransitionTime: at0 }
  assert.equal(setCondition(flipped, given, 1000)[0]?.lastTransitionTime, at0)
})

test('setting what already stands gives the same array', () => {
  const list = setCondition(undefined, { type: 'A', status: 'True' }, 0)
  assert.equal(setCondition(list, { type: 'A', status: 'True' }, 5000), list)
  assert.notEqual(setCondition(list, { type: 'B', status: 'True' }, 5000), list)
  assert.equal(findCondition(list, 'A'), list[0])
  assert.ok(hasCondition(list, 'A'))
  assert.equal(hasCondition(list, 'A', 'False'), false)
  assert.equal(hasCondition(undefined, 'A'), false)
})

test('equality treats absent, null and an empty list alike, and nothing else', () => {
  const table: readonly [unknown, unknown, boolean][] = [
    [undefined, null, true],
    [undefined, [], true],
    [[], null, true],
    [{ a: [] }, {}, true],
    [{}, { a: null }, true],
    [{ a: {} }, {}, false],
    [{}, undefined, false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [[1, 2], [2, 1], false],
    [[1], { 0: 1 }, false],
    [0, undefined, false],
    ['', undefined, false],
    [1, '1', false],
    [{ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 1 }] } }, true],
    [{ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }, false],
  ]
  for (const [a, b, want] of table) {
    assert.equal(deepEqual(a, b), want, JSON.stringify([a, b]))
    assert.equal(deepEqual(b, a), want, JSON.stringify([b, a]))
  }
})
