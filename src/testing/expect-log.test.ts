import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHistory } from '#history'
import { expect } from './expect-log.ts'

function log() {
  const history = createHistory()
  for (const [wallMs, what] of [
    [0, 'SIGTERM'],
    [500, 'endpoint removed'],
    [900, 'exit'],
  ] as const) {
    history.note({ wallMs, actor: 'kubelet', verb: 'note', what })
  }
  return history
}

test('what never happened may be claimed, what did may not and is shown with its neighbours', () => {
  expect(log()).never('request reached a pod')
  assert.throws(
    () => expect(log()).never(/endpoint/g),
    (error: Error) => {
      assert.equal(error.name, 'FailedExpectation')
      assert.match(error.message, /^expected never \/endpoint\/g/)
      assert.match(error.message, / {2}1970.*SIGTERM\n> 1970.*endpoint removed\n {2}1970.*exit$/)
      return true
    },
  )
})

test('always holds for every entry or shows the one that breaks it', () => {
  expect(log()).always(({ actor }) => actor === 'kubelet')
  assert.throws(() => expect(log()).always('SIGTERM'), /> .*endpoint removed/)
})

test('eventually has to be in time', () => {
  expect(log()).eventually('exit', { within: 900 })
  assert.throws(() => expect(log()).eventually('exit', { within: 899 }), /took 900 ms/)
  assert.throws(() => expect(log()).eventually('SIGKILL'), /did not/)
})

test('an order holds only when both happened in it', () => {
  expect(log()).happenedBefore('SIGTERM', 'exit')
  assert.throws(() => expect(log()).happenedBefore('exit', 'SIGTERM'), /> .*SIGTERM/)
  assert.throws(() => expect(log()).happenedBefore('SIGTERM', 'SIGKILL'), /did not/)
})
