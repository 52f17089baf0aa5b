import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeSnapshot, encodeSnapshot } from './snapshot-file.ts'

const content = { type: 'Warm', options: { seed: 7 }, state: { values: ['ä', 1] } } as const

test('what was encoded is decoded', () => {
  assert.deepEqual(decodeSnapshot(encodeSnapshot(content)), content)
})

const refusals: readonly (readonly [string, (file: Buffer) => Uint8Array, RegExp])[] = [
  ['one flipped bit', (file) => flip(file, file.length - 9), /checksum does not match/],
  ['a cut off end', (file) => file.subarray(0, -1), /bytes of content instead of/],
  ['another file', () => Buffer.from('apiVersion: v1\n'), /not a snapshot of knarr/],
  ['nothing', () => Buffer.alloc(0), /not a snapshot of knarr/],
  [
    'a later version',
    (file) => Buffer.from(file.toString('latin1').replace('"version":1', '"version":2'), 'latin1'),
    /its version is 2, this knarr reads 1/,
  ],
]

for (const [what, damage, message] of refusals) {
  test(`${what} is refused`, () => {
    const file = Buffer.from(encodeSnapshot(content))
    assert.throws(() => decodeSnapshot(damage(file)), { code: 'BadSnapshot', message })
  })
}

function flip(file: Buffer, at: number): Buffer {
  file[at] = (file[at] ?? 0) ^ 1
  return file
}
