import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createChannel } from './channel.ts'
import { finishing, mapped, opening } from './iteration.ts'

/** Some items, and a note of when their reader left. */
function source(...items: readonly number[]) {
  const notes: string[] = []
  async function* generate() {
    try {
      yield* items
    } finally {
      notes.push('left')
    }
  }
  return { items: { [Symbol.asyncIterator]: generate }, notes }
}

const half = (item: number) => {
  if (item % 2 === 1) throw new Error(`${item} is odd`)
  return item / 2
}

describe('mapped', () => {
  test('gives each item as it is changed', async () => {
    assert.deepEqual(await Array.fromAsync(mapped(source(2, 4).items, half)), [1, 2])
  })

  test('ends its source and fails when a change does', async () => {
    const { items, notes } = source(2, 3, 4)
    await assert.rejects(Array.fromAsync(mapped(items, half)), /3 is odd/)
    assert.deepEqual(notes, ['left'])
  })

  test('leaves its source with its reader', async () => {
    const { items, notes } = source(2, 4)
    for await (const item of mapped(items, half)) if (item === 1) break
    assert.deepEqual(notes, ['left'])
  })

  test('fails as its source does', async () => {
    const channel = createChannel<number>(1)
    channel.fail(new Error('broken'))
    await assert.rejects(Array.fromAsync(mapped(channel, half)), /broken/)
  })
})

describe('finishing', () => {
  for (const [how, read] of [
    ['to its end', async (items: AsyncIterable<number>) => void (await Array.fromAsync(items))],
    [
      'in part',
      async (items: AsyncIterable<number>) => {
        for await (const item of items) if (item === 1) break
      },
    ],
  ] as const) {
    test(`tells once that items were read ${how}`, async () => {
      const { items, notes } = source(1, 2)
      await read(finishing(items, () => notes.push('finished')))
      assert.deepEqual(notes.toSorted(), ['finished', 'left'])
    })
  }

  test('tells once that items failed', async () => {
    let finished = 0
    const channel = createChannel<number>(1)
    channel.fail(new Error('broken'))
    const items = finishing(channel, () => finished++)
    await assert.rejects(Array.fromAsync(items), /broken/)
    assert.equal(finished, 1)
  })
})

describe('opening', () => {
  test('opens with the first item, and once', async () => {
    let opened = 0
    const items = opening(async () => {
      opened++
      return source(1, 2).items
    })
    const reading = items[Symbol.asyncIterator]()
    assert.equal(opened, 0)
    assert.deepEqual(
      [await reading.next(), await reading.next()].map(({ value }) => value),
      [1, 2],
    )
    assert.equal((await reading.next()).done, true)
    assert.equal(opened, 1)
  })

  test('fails as the opening does', async () => {
    const reading = opening(() => Promise.reject(new Error('shut')))[Symbol.asyncIterator]()
    await assert.rejects(reading.next(), /shut/)
    assert.equal((await reading.next()).done, true, 'and is not opened again')
  })

  test('leaves what it opened with its reader, and nothing where it opened nothing', async () => {
    const { items, notes } = source(1, 2)
    for await (const _ of opening(async () => items)) break
    await opening(async () => items)
      [Symbol.asyncIterator]()
      .return?.()
    assert.deepEqual(notes, ['left'])
  })
})
