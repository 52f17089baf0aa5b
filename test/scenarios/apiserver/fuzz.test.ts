import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '../../fuzz/fuzz-fixture.ts'

/** `make fuzz` sends more, of any seed. */
const requests = 100_000

test('no request of chance breaks the server, holds it up, or gets what it cannot read', async () => {
  const { findings, statuses } = await fuzz(requests, 1)
  assert.deepEqual(findings, [])
  const created = statuses.get(201) ?? 0
  assert.ok(created > requests / 100, `${created} requests created something`)
})
