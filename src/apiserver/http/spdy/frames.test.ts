import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { encodeFrame, type Frame, readFrames } from './frames.ts'

/** Bytes cut at these places. */
async function* cut(bytes: Buffer, at: readonly number[]): AsyncGenerator<Buffer> {
  const places = [0, ...at.toSorted((a, b) => a - b), bytes.length]
  for (const [i, from] of places.slice(0, -1).entries()) yield bytes.subarray(from, places[i + 1])
}

async function* byteByByte(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
}

function data(text: string): Extract<Frame, { kind: 'data' }> {
  return { kind: 'data', stream: 1, fin: false, bytes: Buffer.from(text) }
}

async function textsOf(chunks: AsyncIterable<Uint8Array>): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const frame of readFrames(chunks)) {
    texts.push(frame.kind === 'data' ? String(frame.bytes) : frame.kind)
  }
  return texts
}

describe('SPDY frames', () => {
  test('are the same wherever their bytes are cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 40 })),
        fc.array(fc.nat(400)),
        async (texts, places) => {
          const bytes = Buffer.concat(texts.map((text) => encodeFrame(data(text))))
          const inside = places.filter((place) => place <= bytes.length)
          assert.deepEqual(await textsOf(cut(bytes, inside)), texts)
        },
      ),
    ))

  test('keep their bytes while the next ones are read', async () => {
    const bytes = Buffer.concat(['one', 'two', 'three'].map((text) => encodeFrame(data(text))))
    const frames = await Array.fromAsync(readFrames(byteByByte(bytes)))
    const texts = frames.map((frame) => (frame.kind === 'data' ? String(frame.bytes) : ''))
    assert.deepEqual(texts, ['one', 'two', 'three'])
  })

  test('cost the same per byte when bytes come one by one', async () => {
    // A quarter of a mebibyte copied anew for each byte is 34 GB.
    const frame = encodeFrame(data('x'.repeat(256 * 1024)))
    const before = process.threadCpuUsage()
    const [text] = await textsOf(byteByByte(frame))
    const { user, system } = process.threadCpuUsage(before)
    assert.equal(text?.length, 256 * 1024)
    assert.ok(user + system < 3e6, `took ${(user + system) / 1e6} s`)
  })

  test('that are too long are refused by their heads', async () => {
    const head = Buffer.from([0, 0, 0, 1, 0, 0xff, 0xff, 0xff])
    await assert.rejects(textsOf(byteByByte(head)), /too long/)
  })
})
