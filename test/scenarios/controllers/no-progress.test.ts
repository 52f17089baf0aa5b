import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hopeless, writesInAnHour } from './no-progress-fixture.ts'

/** Back-off goes to 16 minutes 40 seconds: whoever keeps it is seen but a few times an hour. */
const mostObjects = 15
const mostEvents = 40

describe('what can never come to be is tried ever more rarely for an hour:', () => {
  for (const each of hopeless) {
    test(each.name, async () => {
      const { objects, events } = await writesInAnHour(each)
      assert.ok(objects <= mostObjects, `${objects} objects were written`)
      assert.ok(events <= mostEvents, `${events} events were written`)
    })
  }
})
