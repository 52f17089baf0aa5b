import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#lib'
import { isWithinRatio, traceContextIn, traceHeaders, traceIdentifier } from './trace-context.ts'

const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']
const read = (traceparent: string) => traceContextIn({ traceparent, tracestate: 'a=b' })

test('a trace that a header names is read, and written again as it is', () => {
  const headers = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'a=b' }
  const context = traceContextIn(headers)
  assert.deepEqual(context, { traceId, spanId, isSampled: true, traceState: 'a=b' })
  assert.deepEqual(traceHeaders(context), headers)
  assert.equal(read(`00-${traceId}-${spanId}-00`)?.isSampled, false)
  assert.equal(read(`cc-${traceId}-${spanId}-03-more`)?.isSampled, true, 'of a later version')
})

for (const [name, header] of [
  ['nothing', ''],
  ['a forbidden version', `ff-${traceId}-${spanId}-01`],
  ['more than the version has', `00-${traceId}-${spanId}-01-more`],
  ['no trace', `00-${'0'.repeat(32)}-${spanId}-01`],
  ['no span', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['capitals', `00-${traceId.toUpperCase()}-${spanId}-01`],
] as const) {
  test(`a header names no trace: ${name}`, () => assert.equal(read(header), undefined))
}

test('identifiers have their length, and a ratio of them is about that ratio', () => {
  const random = seededRandom(1)
  const ids = Array.from({ length: 2_000 }, () => traceIdentifier(random, 32))
  assert.ok(ids.every((id) => /^[0-9a-f]{32}$/.test(id)))
  assert.equal(new Set(ids).size, ids.length)
  const share = ids.filter((id) => isWithinRatio(id, 0.25)).length / ids.length
  assert.ok(Math.abs(share - 0.25) < 0.03, `${share}`)
  assert.equal(ids.filter((id) => isWithinRatio(id, 0)).length, 0)
  assert.ok(ids.every((id) => isWithinRatio(id, 1)))
})
