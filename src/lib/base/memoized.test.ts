import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoized } from './memoized.ts'

function counted<V>(compute: (key: string) => V, limit: number) {
  const asked: string[] = []
  const read = memoized((key: string) => {
    asked.push(key)
    return compute(key)
  }, limit)
  return { asked, read }
}

test('what was computed is not computed again', () => {
  const { asked, read } = counted((key) => key.length, 2)
  assert.deepEqual([read('a'), read('bb'), read('a'), read('bb')], [1, 2, 1, 2])
  assert.deepEqual(asked, ['a', 'bb'])
})

test('it holds no more than its limit', () => {
  const { asked, read } = counted((key) => key, 2)
  for (const key of ['a', 'b', 'c', 'c', 'a']) read(key)
  assert.deepEqual(asked, ['a', 'b', 'c', 'a'])
})

test('neither undefined nor an error is remembered', () => {
  const { asked, read } = counted((key) => {
    if (key === 'bad') throw new Error('bad')
    return undefined
  }, 2)
  for (const key of ['none', 'none']) assert.equal(read(key), undefined)
  for (const key of ['bad', 'bad']) assert.throws(() => read(key), /bad/)
  assert.deepEqual(asked, ['none', 'none', 'bad', 'bad'])
})

test('a long text is computed each time and takes no room', () => {
  let calls = 0
  const read = memoized((key: string) => ++calls && key.length, 2, 3)
  assert.deepEqual([read('abc'), read('abc'), read('abcd'), read('abcd')], [3, 3, 4, 4])
  assert.equal(calls, 3)
})
