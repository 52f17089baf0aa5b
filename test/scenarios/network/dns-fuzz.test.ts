import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzDns } from '../../fuzz/dns-fixture.ts'

/** `make fuzz-dns` sends more, of any seed. */
const messages = 30_000

test('no message of chance breaks the name server, holds it up, or gets what cannot be read', async () => {
  const { findings, codes } = await fuzzDns(messages, 1)
  assert.deepEqual(findings, [])
  for (const code of ['0', '1', '3', 'dropped']) {
    assert.ok((codes.get(code) ?? 0) > messages / 100, `${code}: ${codes.get(code)}`)
  }
})
