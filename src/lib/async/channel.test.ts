import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createChannel } from './channel.ts'

test('a channel is bounded, keeps order, and ends by close, failure or abort', async () => {
  const channel = createChannel<number>(2)
  assert.deepEqual([channel.push(1), channel.push(2), channel.push(3)], [true, true, false])
  channel.close()
  assert.deepEqual(await Array.fromAsync(channel), [1, 2])
  const failing = createChannel<number>(2)
  failing.push(1)
  failing.fail(new Error('too slow'))
  await assert.rejects(Array.fromAsync(failing), /too slow/)
  const stop = new AbortController()
  const aborted = Array.fromAsync(createChannel<number>(2, { signal: stop.signal }))
  stop.abort()
  assert.deepEqual(await aborted, [])
})

test('a reader that waits gets items in order, and then the end', async () => {
  const channel = createChannel<number>(2)
  const read = Array.fromAsync(channel)
  await Promise.resolve()
  for (const item of [1, 2, 3]) assert.equal(channel.push(item), true, `${item}`)
  channel.close()
  assert.deepEqual(await read, [1, 2, 3])
  assert.equal(channel.push(4), false)
})

test('a reader that waits hears of a failure once', async () => {
  const channel = createChannel<number>(2)
  const reading = channel[Symbol.asyncIterator]()
  const next = reading.next()
  channel.fail(new Error('too slow'))
  await assert.rejects(next, /too slow/)
  assert.equal((await reading.next()).done, true)
})

test('what stands in a channel from the start comes first, and takes no room from what is pushed', async () => {
  const channel = createChannel<number>(1, { first: [1, 2, 3] })
  assert.deepEqual([channel.push(4), channel.push(5)], [true, false])
  channel.close()
  assert.deepEqual(await Array.fromAsync(channel), [1, 2, 3, 4])
})

test('the end is told once, whoever brings it about', async () => {
  const stop = new AbortController()
  const ended: string[] = []
  const make = (name: string) =>
    createChannel<number>(1, {
      first: [1],
      signal: stop.signal,
      onEnd: () => ended.push(name),
    })
  const [closed, left, failed] = [make('closed'), make('left'), make('failed')]
  closed.close()
  for await (const _ of left) break
  failed.fail(new Error('broken'))
  make('aborted')
  stop.abort()
  closed.close()
  make('late')
  assert.deepEqual(ended, ['closed', 'left', 'failed', 'aborted', 'late'])
})

test('what was read is not kept while the reader waits for more', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const channel = createChannel<object>(4, { first: [{}] })
  const reading = channel[Symbol.asyncIterator]()
  const first = new WeakRef((await reading.next()).value)
  void reading.next()
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  assert.equal(first.deref(), undefined)
  channel.close()
})
