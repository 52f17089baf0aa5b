import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derived, derivedFromLast } from './derived.ts'

interface Named {
  readonly name: string
}

test('a value is computed once for each object, and not for each that is equal', () => {
  const asked: string[] = []
  const lengthOf = derived(({ name }: Named) => {
    asked.push(name)
    return { length: name.length }
  })
  const one: Named = { name: 'one' }
  assert.equal(lengthOf(one), lengthOf(one))
  assert.notEqual(lengthOf(one), lengthOf({ ...one }))
  assert.deepEqual(asked, ['one', 'one'])
})

test('falsy values are remembered; undefined and errors are not', () => {
  let calls = 0
  const answers: (() => number | undefined)[] = [
    () => {
      throw new Error('not yet')
    },
    () => undefined,
    () => 0,
    () => 1,
  ]
  const answer = derived((_: Named) => answers[calls++]?.())
  const source = { name: 'a' }
  assert.throws(() => answer(source), /not yet/)
  assert.deepEqual([answer(source), answer(source), answer(source)], [undefined, 0, 0])
})

test('a value found by another way is remembered, and can be looked at without computing', () => {
  const upper = derived(({ name }: Named, suffix: string) => name.toUpperCase() + suffix)
  const source = { name: 'a' }
  assert.equal(upper.known(source), undefined)
  assert.equal(upper.remember(source, 'B'), 'B')
  assert.deepEqual([upper.known(source), upper(source, '!')], ['B', 'B'])
  assert.equal(upper({ name: 'c' }, '!'), 'C!')
})

test('the last result is given again while every argument stays the same', () => {
  let calls = 0
  const sum = derivedFromLast((a: number, b: number) => {
    calls++
    return a + b
  })
  assert.deepEqual([sum(1, 2), sum(1, 2), sum(1, 3), sum(1, 2)], [3, 3, 4, 3])
  assert.equal(calls, 3)
  assert.ok(Number.isNaN(sum(Number.NaN, 1)) && Number.isNaN(sum(Number.NaN, 1)))
  assert.equal(calls, 4)
})

test('an undefined result of the last arguments is remembered, too', () => {
  let calls = 0
  const nothing = derivedFromLast((_: string): string | undefined => {
    calls++
    return undefined
  })
  assert.deepEqual([nothing('a'), nothing('a')], [undefined, undefined])
  assert.equal(calls, 1)
})
