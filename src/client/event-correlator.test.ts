import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { createEventCorrelator } from './event-correlator.ts'

/** A correlator that is told events about one pod: `create …`, `count 2 …` or `drop`. */
function correlating() {
  const clock = createVirtualClock()
  const correlator = createEventCorrelator(clock)
  const correlate = (message: string, reason = 'Pulled', container = 'web') => {
    const fieldPath = `spec.containers{${container}}`
    const found = correlator.correlate('pod', { type: 'Normal', reason, message, fieldPath })
    if (found.kind === 'drop') return 'drop'
    correlator.remember(found.key, 'e')
    return `${found.kind === 'create' ? 'create' : `count ${found.count}`} ${found.message}`
  }
  return { clock, correlate }
}

test('the same about the same container is counted, about another it is another event', () => {
  const { correlate } = correlating()
  assert.deepEqual(
    [correlate('a'), correlate('a'), correlate('a', 'Pulled', 'side'), correlate('a', 'Pulling')],
    ['create a', 'count 2 a', 'create a', 'create a'],
  )
})

test('from the tenth message on similar events are one, whichever containers they are about', () => {
  const { correlate } = correlating()
  for (let i = 0; i < 9; i++) correlate(`${i}`, 'Pulled', `c${i % 3}`)
  assert.equal(correlate('9'), 'create (combined from similar events): 9')
  assert.equal(correlate('10', 'Pulled', 'c1'), 'count 2 (combined from similar events): 10')
  assert.equal(correlate('8', 'Pulled', 'c2'), 'count 2 8')
})

test('an object has a stock of twenty-five events, and gets another every five minutes', async () => {
  const { clock, correlate } = correlating()
  for (let i = 0; i < 25; i++) correlate('a', 'Pulled', i % 2 ? 'web' : 'side')
  assert.equal(correlate('a'), 'drop')
  await clock.advance(300_000)
  assert.equal(correlate('a'), 'count 14 a')
})
