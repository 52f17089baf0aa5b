import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock, silentLogger } from '#lib'
import { compactPeriodically } from './compactor.ts'
import { CompactedError, type Revision } from './contract/store.ts'

const minuteMs = 60_000

/** A store of which only the revisions count; another server may have compacted it. */
function start() {
  const clock = createVirtualClock()
  const stop = new AbortController()
  const compacted: Revision[] = []
  const state = { revision: 10, others: 0, isDown: false }
  const store = {
    async currentRevision() {
      if (state.isDown) throw new Error('nobody answers')
      return state.revision
    },
    async compact(at: Revision) {
      if (at <= state.others) throw new CompactedError(state.others)
      compacted.push(at)
    },
  }
  const done = compactPeriodically(store, { clock, log: silentLogger }, stop.signal)
  return { clock, stop, compacted, state, done }
}

test('history is kept for five minutes, and forgotten then', async () => {
  const { clock, stop, compacted, state, done } = start()
  await clock.advance(minuteMs)
  state.revision = 20
  await clock.advance(3 * minuteMs)
  assert.deepEqual(compacted, [])
  await clock.advance(minuteMs)
  assert.deepEqual(compacted, [10])
  state.revision = 30
  await clock.advance(5 * minuteMs)
  assert.deepEqual(compacted, [10, 20])
  await clock.advance(5 * minuteMs)
  assert.deepEqual(compacted, [10, 20], 'nothing is forgotten while nothing is written')
  stop.abort()
  await done
})

test('what another server has compacted is left to it, and a store that is away is asked again', async () => {
  const { clock, stop, compacted, state, done } = start()
  await clock.advance(minuteMs)
  Object.assign(state, { revision: 20, others: 15 })
  await clock.advance(4 * minuteMs)
  state.isDown = true
  await clock.advance(5 * minuteMs)
  Object.assign(state, { isDown: false, revision: 40 })
  await clock.advance(5 * minuteMs)
  state.revision = 50
  await clock.advance(5 * minuteMs)
  assert.deepEqual(compacted, [20, 40])
  stop.abort()
  await done
})
