import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#lib'
import { testWorld } from '../model/kubelet-fixture.ts'
import { createSyncLoop } from './sync-loop.ts'

/** A loop that looks at what the test says, and when it let whom go on. */
function loop() {
  const { clock } = testWorld()
  const stop = new AbortController()
  const runtime: { fault: string | undefined } = { fault: undefined }
  const lines: string[] = []
  const log = { ...silentLogger, warn: (line: string) => void lines.push(line) }
  const made = createSyncLoop({ clock, log }, () => runtime.fault, stop.signal)
  return { clock, runtime, lines, loop: made, stop }
}

test('pods are looked at while the runtime is well', async () => {
  const { loop: made, stop } = loop()
  assert.equal(made.isGoing(), true)
  await made.going(stop.signal)
})

test('while it is not, all wait, and are let go on at the next look after it is: each twice as late', async () => {
  const { clock, runtime, lines, loop: made, stop } = loop()
  runtime.fault = 'container runtime is down'
  const went: string[] = []
  const wait = (who: string) => made.going(stop.signal).then(() => went.push(who))
  void wait('first')
  await clock.advance(1_000)
  void wait('second')
  assert.equal(made.isGoing(), false)
  // Looks at 0, 100, 300, 700 and 1500 ms.
  runtime.fault = undefined
  assert.equal(made.isGoing(), false, 'nobody has looked yet')
  await clock.advance(499)
  assert.deepEqual(went, [])
  await clock.advance(1)
  assert.deepEqual(went, ['first', 'second'])
  assert.equal(made.isGoing(), true)
  assert.equal(lines.length, 4)
})

test('a long fault is looked at every five seconds', async () => {
  const { clock, runtime, lines, loop: made, stop } = loop()
  runtime.fault = 'container runtime is down'
  void made.going(stop.signal)
  await clock.advance(60_000)
  const before = lines.length
  await clock.advance(60_000)
  assert.equal(lines.length - before, 12)
})

test('who gives up waiting holds up nobody else', async () => {
  const { clock, runtime, loop: made, stop } = loop()
  runtime.fault = 'container runtime is down'
  const mine = new AbortController()
  const given = assert.rejects(made.going(mine.signal), /enough/)
  const other = made.going(stop.signal)
  await clock.advance(50)
  mine.abort(new Error('enough'))
  await given
  runtime.fault = undefined
  await clock.advance(100)
  await other
})
