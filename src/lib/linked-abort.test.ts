import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkedAbort, withinLimit } from './linked-abort.ts'
import { onAbort } from './on-abort.ts'
import { createVirtualClock } from './virtual-clock.ts'

/** What hears of a signal: our listeners, native ones, and signals that are composed of it. */
function listenersOf(signal: AbortSignal): readonly string[] {
  const heard: string[] = []
  onAbort(signal, () => heard.push('ours'))
  signal.addEventListener('abort', () => heard.push('native'))
  AbortSignal.any([signal]).addEventListener('abort', () => heard.push('composed'))
  return heard
}

const all = ['composed', 'native', 'ours']

test('a linked signal aborts by itself, once, and leaves its parent alone', () => {
  const parent = new AbortController()
  const linked = linkedAbort(parent.signal)
  const heard = listenersOf(linked.signal)
  linked.abort('enough')
  linked.abort('again')
  parent.abort('late')
  assert.deepEqual(heard.toSorted(), all)
  assert.equal(linked.signal.reason, 'enough')
})

test('a linked signal aborts with its parent, also through another one', () => {
  const parent = new AbortController()
  const linked = linkedAbort(linkedAbort(parent.signal).signal)
  const heard = listenersOf(linked.signal)
  parent.abort('over')
  assert.deepEqual(heard.toSorted(), all)
  assert.equal(linked.signal.reason, 'over')
  assert.equal(linkedAbort(parent.signal).signal.aborted, true)
})

test('one that was disposed does not follow its parent any more', () => {
  const parent = new AbortController()
  const linked = linkedAbort(parent.signal)
  linked[Symbol.dispose]()
  parent.abort()
  assert.equal(linked.signal.aborted, false)
})

test('work that takes longer than its limit hears the reason', async () => {
  const clock = createVirtualClock()
  const { signal: parent } = new AbortController()
  const limit = { limitMs: 1000, reason: 'context deadline exceeded', parent }
  const late = withinLimit(clock, limit, (signal) => clock.sleep(2000, signal))
  const timely = withinLimit(clock, limit, (signal) => clock.sleep(999, signal))
  const outcomes = Promise.allSettled([late, timely])
  await clock.advance(3000)
  const [first, second] = await outcomes
  assert.match(String(first.status === 'rejected' && first.reason), /context deadline exceeded/)
  assert.equal(second.status, 'fulfilled')
  assert.equal(clock.pendingTimers, 0)
})
