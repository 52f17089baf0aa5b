import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atOnce, inTurns, type Steps } from './steps.ts'

function* work(seen: string[]): Steps<string> {
  for (const step of ['a', 'b', 'c']) {
    seen.push(step)
    yield
  }
  return 'done'
}

test('steps are taken one after the other, with others between them where there is a turn', async () => {
  const seen: string[] = []
  assert.equal(atOnce(work(seen)), 'done')
  assert.equal(inTurns(work(seen), undefined), 'done')
  const turn = async () => void seen.push('others')
  assert.equal(await inTurns(work(seen), turn), 'done')
  const whole = ['a', 'b', 'c']
  assert.deepEqual(seen, [...whole, ...whole, ...whole.flatMap((step) => [step, 'others'])])
})

test('what a step throws is thrown, or rejects', async () => {
  function* failing(): Steps<never> {
    yield
    throw new Error('no')
  }
  assert.throws(() => atOnce(failing()), /no/)
  await assert.rejects(async () => inTurns(failing(), () => Promise.resolve()), /no/)
})
