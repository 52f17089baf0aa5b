import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { observation } from '../model/triggers.ts'
import { createInbox, type Inbox, type WakeUp } from './inbox.ts'

const { signal } = new AbortController()
const wakeUp = (priority: WakeUp['priority'], what: string): WakeUp => ({
  because: observation(what),
  priority,
})

/** What is given to the worker that comes next, or `waits` when there is nothing. */
async function given(fill: (inbox: Inbox) => void): Promise<string> {
  const clock = createVirtualClock()
  const inbox = createInbox(clock)
  fill(inbox)
  const next = inbox.next(1000, signal)
  await clock.settle()
  const because = await Promise.race([next, Promise.resolve(undefined)])
  if (!because) return 'waits'
  return because.kind === 'observed' ? because.what : because.kind
}

test('of what came while nobody waited the most pressing is given, of equals the first', async () => {
  const report = wakeUp('pleg', 'a start')
  const change = wakeUp('sync', 'a change')
  const later = wakeUp('sync', 'a later change')
  const kill = wakeUp('kill', 'an eviction')
  for (const [put, expected] of [
    [[], 'waits'],
    [[report], 'a start'],
    [[report, change], 'a change'],
    [[change, later], 'a change'],
    [[report, change, kill], 'an eviction'],
  ] as const) {
    assert.equal(await given((inbox) => put.forEach(inbox.put)), expected)
  }
})

test('one step serves all that was put in', async () => {
  const clock = createVirtualClock()
  const inbox = createInbox(clock)
  inbox.put(wakeUp('pleg', 'a start'))
  inbox.put(wakeUp('sync', 'a change'))
  assert.deepEqual(await inbox.next(0, signal), observation('a change'))
  assert.equal((await inbox.next(0, signal)).kind, 'timer')
})

test('reports of what has been seen since are dropped, and nothing else is', async () => {
  const dropping = (priority: WakeUp['priority']) =>
    given((inbox) => {
      inbox.put(wakeUp(priority, 'it'))
      inbox.dropReports()
    })
  assert.equal(await dropping('pleg'), 'waits')
  assert.equal(await dropping('sync'), 'it')
  assert.equal(await dropping('kill'), 'it')
})

test('whoever waits is woken at once, and by the time at the latest', async () => {
  const clock = createVirtualClock()
  const inbox = createInbox(clock)
  const first = inbox.next(undefined, signal)
  inbox.put(wakeUp('pleg', 'an end'))
  assert.deepEqual(await first, observation('an end'))
  const second = inbox.next(1000, signal)
  await clock.advance(1000)
  assert.equal((await second).kind, 'timer')
})
