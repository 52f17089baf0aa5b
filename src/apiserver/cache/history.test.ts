import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CacheEvent } from './cache-event.ts'
import { createWatchHistory } from './history.ts'

/** How many of so many changes of this weight are kept. */
function kept(count: number, weight: number): number {
  const history = createWatchHistory(0)
  for (let revision = 1; revision <= count; revision++) {
    history.add(new CacheEvent({ revision, key: 'a', before: undefined, after: undefined }), weight)
  }
  const events = history.after(history.oldest)
  assert.equal(events.at(-1)?.revision, count)
  assert.equal(events[0]?.revision, history.oldest + 1)
  return events.length
}

test('changes of small objects are kept by their number', () => {
  assert.equal(kept(8_191, 1_000), 8_191)
  assert.equal(kept(8_192, 1_000), 4_096)
})

test('changes of large objects are kept by their weight', () => {
  const mebibyte = 1024 * 1024
  for (const count of [127, 128, 500, 1_000, 1_001]) {
    assert.ok(kept(count, mebibyte) <= 128, `${count}: ${kept(count, mebibyte)}`)
  }
  assert.ok(kept(1_000, mebibyte) >= 32)
})
