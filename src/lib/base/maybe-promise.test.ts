import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { andThen, inTurn, type MaybePromise } from './maybe-promise.ts'

describe('a value or a promise of one', () => {
  test('is gone on with at once where it is there, and once it has come where it is promised', async () => {
    assert.equal(
      andThen(1, (value) => value + 1),
      2,
    )
    const late = andThen(Promise.resolve(1), (value) => value + 1)
    assert(late instanceof Promise)
    assert.equal(await late, 2)
  })

  test('throws what the next step throws, or rejects with it', async () => {
    const fail = () => {
      throw new Error('no')
    }
    assert.throws(() => andThen(1, fail), /no/)
    await assert.rejects(Promise.resolve(andThen(Promise.resolve(1), fail)), /no/)
  })

  test('passes through steps in turn, and waits from the first one that promises', async () => {
    const at: string[] = []
    const step =
      (name: string, isLate = false) =>
      (text: string): MaybePromise<string> => {
        at.push(name)
        return isLate ? Promise.resolve(text + name) : text + name
      }
    const run = (steps: readonly ReturnType<typeof step>[]) =>
      inTurn(steps, '', (text, take) => take(text))
    assert.equal(run([step('a'), step('b')]), 'ab')
    at.length = 0
    const late = run([step('a'), step('b', true), step('c'), step('d', true)])
    assert.deepEqual(at, ['a', 'b'])
    assert.equal(await late, 'abcd')
    assert.deepEqual(at, ['a', 'b', 'c', 'd'])
    assert.equal(run([]), '')
  })
})
