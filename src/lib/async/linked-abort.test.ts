import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onAbort } from '../base/on-abort.ts'
import { createVirtualClock } from '../clock/virtual-clock.ts'
import { limited, linkedAbort } from './linked-abort.ts'

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

test('work that takes longer than its limit hears the reason, and work beside it does not', async () => {
  const clock = createVirtualClock()
  const { signal: parent } = new AbortController()
  const withinSecond = limited(clock, { limitMs: 1000, reason: 'context deadline exceeded' })
  const late = withinSecond(parent, (signal) => clock.sleep(2000, signal))
  const timely = withinSecond(parent, (signal) => clock.sleep(999, signal))
  const outcomes = Promise.allSettled([late, timely])
  await clock.advance(3000)
  const [first, second] = await outcomes
  assert.match(String(first.status === 'rejected' && first.reason), /context deadline exceeded/)
  assert.equal(second.status, 'fulfilled')
  assert.equal(clock.pendingTimers, 0)
})

test('a limit makes another signal only after one has aborted, and follows the parent of each work', async () => {
  const clock = createVirtualClock()
  const parent = new AbortController()
  const withinSecond = limited(clock, { limitMs: 1000, reason: 'context deadline exceeded' })
  const signals: AbortSignal[] = []
  const run = async (ms: number, from = parent.signal) => {
    const work = withinSecond(from, (signal) => {
      signals.push(signal)
      return clock.sleep(ms, signal)
    })
    await Promise.allSettled([clock.advance(ms), work])
  }
  for (const ms of [10, 20, 2000, 30]) await run(ms)
  const [first, second, tooLong, next] = signals
  assert.equal(second, first)
  assert.equal(tooLong, first)
  assert.equal(tooLong?.aborted, true)
  assert.notEqual(next, first)
  assert.equal(next?.aborted, false)
  parent.abort('over')
  assert.equal(next?.reason, 'over')
  await run(10, new AbortController().signal)
  assert.equal(signals.at(-1)?.aborted, false)
})
