import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createByteQueue } from './byte-queue.ts'

function createSource() {
  const calls: string[] = []
  return { calls, pause: () => calls.push('pause'), resume: () => calls.push('resume') }
}

describe('a queue of bytes', () => {
  it('gives what was pushed in order, then ends', async () => {
    const queue = createByteQueue(createSource())
    for (const text of ['a', '', 'b']) queue.push(Buffer.from(text))
    queue.end()
    queue.push(Buffer.from('too late'))
    const chunks: string[] = []
    for await (const chunk of queue) chunks.push(Buffer.from(chunk).toString())
    assert.deepEqual(chunks, ['a', 'b'])
  })

  it('throws after what was buffered when it ended with an error', async () => {
    const queue = createByteQueue(createSource())
    queue.push(Buffer.from('a'))
    queue.end(new Error('broken'))
    queue.end()
    const chunks: string[] = []
    const read = async () => {
      for await (const chunk of queue) chunks.push(Buffer.from(chunk).toString())
    }
    await assert.rejects(read(), /broken/)
    assert.deepEqual(chunks, ['a'])
  })

  it('pauses its source while much is unread, and resumes it once', async () => {
    const source = createSource()
    const queue = createByteQueue(source)
    for (let pushed = 0; pushed < 4; pushed++) queue.push(Buffer.alloc(100 * 1024))
    assert.deepEqual(source.calls, ['pause'])
    queue.end()
    for await (const _ of queue);
    assert.deepEqual(source.calls, ['pause', 'resume'])
  })

  it('wakes a reader that waits', async () => {
    const queue = createByteQueue(createSource())
    const first = queue[Symbol.asyncIterator]().next()
    queue.push(Buffer.from('a'))
    assert.equal(Buffer.from((await first).value ?? []).toString(), 'a')
  })
})
