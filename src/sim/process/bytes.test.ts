import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { byteSize, bytesOf, bytesReader, textFrom } from './bytes.ts'

const samples: Readonly<Record<string, Buffer>> = {
  letters: Buffer.from('aé€😀\n'),
  'every byte': Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  'every pair of high bytes': Buffer.from(
    Array.from({ length: 128 * 128 }, (_, pair) => [128 + (pair >> 7), 128 + (pair & 127)]).flat(),
  ),
  'a letter that is cut': Buffer.from('a😀').subarray(0, 4),
  'surrogates in three bytes': Buffer.from([0xed, 0xb2, 0x80, 0xed, 0xa0, 0x80]),
  'a byte order mark': Buffer.from([0xef, 0xbb, 0xbf, 0x61]),
  'overlong and too high': Buffer.from([
    0xc0, 0x80, 0xf5, 0x80, 0x80, 0x80, 0xf4, 0x90, 0x80, 0x80,
  ]),
}

describe('texts keep bytes of any kind:', () => {
  for (const [what, bytes] of Object.entries(samples)) {
    test(what, () => {
      const text = textFrom(bytes)
      assert.deepEqual(bytesOf(text), bytes)
      assert.equal(byteSize(text), bytes.length)
      assert.deepEqual(bytesOf(JSON.parse(JSON.stringify(text))), bytes)
    })

    test(`${what}, byte by byte`, () => {
      const reader = bytesReader()
      const parts = Array.from(bytes, (byte) => reader.read(Buffer.from([byte])))
      assert.deepEqual(bytesOf([...parts, reader.end()].join('')), bytes)
    })
  }

  test('letters are read as letters, also when they come in pieces', () => {
    const bytes = Buffer.from('aé€😀')
    assert.equal(textFrom(bytes), 'aé€😀')
    assert.equal(textFrom(Buffer.from([0xff, ...bytes])).slice(1), 'aé€😀')
    const reader = bytesReader()
    assert.equal(Array.from(bytes, (byte) => reader.read(Buffer.from([byte]))).join(''), 'aé€😀')
  })
})
