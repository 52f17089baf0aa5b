import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { saw } from '../model/triggers.ts'
import { createWakeUp } from './inbox.ts'

const { signal } = new AbortController()

/** What has been told when the next one waits, or `waits` when nothing has. */
async function told(tell: (wakeUp: ReturnType<typeof createWakeUp>) => void): Promise<string> {
  const clock = createVirtualClock()
  const wakeUp = createWakeUp(clock)
  tell(wakeUp)
  const next = wakeUp.next(1000, signal)
  await clock.settle()
  const why = await Promise.race([next, Promise.resolve(undefined)])
  if (!why) return 'waits'
  return why.kind === 'observed' ? why.what : why.kind
}

test('news that came while nobody waited are told, the pod before the runtime', async () => {
  assert.equal(await told(() => {}), 'waits')
  assert.equal(await told((wakeUp) => wakeUp.now(saw('a change'))), 'a change')
  assert.equal(await told((wakeUp) => wakeUp.look(saw('a start'))), 'a start')
  const both = await told((wakeUp) => {
    wakeUp.look(saw('a start'))
    wakeUp.now(saw('a change'))
  })
  assert.equal(both, 'a change')
})

test('what has been looked at since is no news, and other news stay', async () => {
  const looked = await told((wakeUp) => {
    wakeUp.look(saw('a start'))
    wakeUp.looked()
  })
  assert.equal(looked, 'waits')
  const changed = await told((wakeUp) => {
    wakeUp.now(saw('a change'))
    wakeUp.looked()
  })
  assert.equal(changed, 'a change')
})

test('whoever waits is woken at once by either, and once', async () => {
  const clock = createVirtualClock()
  const wakeUp = createWakeUp(clock)
  const first = wakeUp.next(undefined, signal)
  wakeUp.look(saw('an end'))
  assert.deepEqual(await first, saw('an end'))
  const second = wakeUp.next(1000, signal)
  await clock.advance(1000)
  assert.equal((await second).kind, 'timer')
})
