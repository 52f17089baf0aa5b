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

const exact = { type: 'Exact', options: { seed: 7 }, journal: [], atMs: 0, digest: 'd' } as const

test('an exact one is decoded, also of a cluster whose time never moved', () => {
  assert.deepEqual(decodeSnapshot(encodeSnapshot(exact)), exact)
})

for (const whole of [exact, content]) {
  for (const part of Object.keys(whole)) {
    test(`one that is ${whole.type} without its ${part} is refused`, () => {
      const { [part]: _, ...rest } = whole as Readonly<Record<string, unknown>>
      const file = encodeSnapshot(rest as typeof whole)
      const message = /its content cannot be read/
      assert.throws(() => decodeSnapshot(file), { code: 'BadSnapshot', message })
    })
  }
}

function flip(file: Buffer, at: number): Buffer {
  file[at] = (file[at] ?? 0) ^ 1
  return file
}
