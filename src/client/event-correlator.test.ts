import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { createEventCorrelator } from './event-correlator.ts'

/** A correlator that is told events about one pod: `create …`, `count 2 …` or `drop`. */
function correlating() {
  const clock = createVirtualClock()
  const correlator = createEventCorrelator(clock)
  const tell = (message: string, reason = 'Pulled', container = 'web') => {
    const fieldPath = `spec.containers{${container}}`
    const found = correlator.correlate('pod', { type: 'Normal', reason, message, fieldPath })
    if (found.kind === 'drop') return 'drop'
    correlator.remember(found.key, 'e')
    return `${found.kind === 'create' ? 'create' : `count ${found.count}`} ${found.message}`
  }
  return { clock, tell }
}

test('the same about the same container is counted, about another it is another event', () => {
  const { tell } = correlating()
  assert.deepEqual(
    [tell('a'), tell('a'), tell('a', 'Pulled', 'side'), tell('a', 'Pulling')],
    ['create a', 'count 2 a', 'create a', 'create a'],
  )
})

test('from the tenth message on similar events are one, whichever containers they are about', () => {
  const { tell } = correlating()
  for (let i = 0; i < 9; i++) tell(`${i}`, 'Pulled', `c${i % 3}`)
  assert.equal(tell('9'), 'create (combined from similar events): 9')
  assert.equal(tell('10', 'Pulled', 'c1'), 'count 2 (combined from similar events): 10')
  assert.equal(tell('8', 'Pulled', 'c2'), 'count 2 8')
})

test('an object has a stock of twenty-five events, and gets another every five minutes', async () => {
  const { clock, tell } = correlating()
  for (let i = 0; i < 25; i++) tell('a', 'Pulled', i % 2 ? 'web' : 'side')
  assert.equal(tell('a'), 'drop')
  await clock.advance(300_000)
  assert.equal(tell('a'), 'count 14 a')
})
