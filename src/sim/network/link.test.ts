import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createVirtualClock, seededRandom } from '#lib'
import { createLink, type Impairment, type LinkQuality, qualityOf } from './link.ts'

const harm = (more: Partial<Impairment>): Impairment => ({ lossRate: 0, delayMs: 0, ...more })
const signal = new AbortController().signal

function qualityAt(faults: Readonly<Record<string, readonly Impairment[]>>, ...nodes: string[]) {
  const pod = (name: string) => ({ pod: { namespace: 'ns', name } })
  const path = { nodes, from: pod('from'), to: pod('to') }
  return qualityOf(path, (node) => faults[node] ?? [])
}

test('what is done to several nodes of a path adds up', () => {
  const faults = {
    a: [harm({ lossRate: 0.5, delayMs: 10 })],
    b: [harm({ lossRate: 0.5, delayMs: 5 })],
  }
  const both = qualityAt(faults, 'a', 'b')
  assert.deepEqual([both?.lossRate, both?.delayMs], [0.75, 15])
  assert.equal(qualityAt(faults, 'a', 'c')?.delayMs, 10)
  assert.equal(qualityAt(faults, 'c', 'd'), undefined)
  assert.equal(qualityAt(faults, 'a', 'a'), undefined, 'what stays on a node passes no link of it')
})

test('a pair of nodes is met where packets go straight between the two', () => {
  const faults = { a: [harm({ peer: 'b', delayMs: 7 })] }
  assert.equal(qualityAt(faults, 'a', 'b')?.delayMs, 7)
  assert.equal(qualityAt(faults, 'b', 'a')?.delayMs, 7)
  assert.equal(qualityAt(faults, 'a', 'c'), undefined)
  assert.equal(qualityAt(faults, 'a', 'c', 'b'), undefined)
})

test('pods that are picked feel it at either end, also on their own node', () => {
  const about = (name: string) => ({
    a: [harm({ delayMs: 3, isAbout: ({ pod }) => pod?.name === name })],
  })
  assert.equal(qualityAt(about('from'), 'a', 'a')?.delayMs, 3)
  assert.equal(qualityAt(about('to'), 'b', 'a')?.delayMs, 3)
  assert.equal(qualityAt(about('from'), 'b', 'a'), undefined)
})

/** How long it takes to open a connection and to send so much over it. */
async function times(quality: LinkQuality, seed: number) {
  const clock = createVirtualClock()
  const link = createLink({ quality: () => quality, clock, random: seededRandom(seed) })
  const timed = async (work: Promise<void> | undefined) => {
    const beginMs = clock.monotonicMs()
    let isDone = work === undefined
    void work?.then(() => {
      isDone = true
    })
    await clock.until(() => isDone, 1e12)
    return clock.monotonicMs() - beginMs
  }
  return { open: await timed(link.open(signal)), send: await timed(link.send(700, signal)) }
}

test('a connection waits a round trip, what is sent half of one and for its turn', async () => {
  const bottlenecks = [{ bitsPerSecond: 8000, freeAtMs: 0 }]
  const { open, send } = await times({ lossRate: 0, delayMs: 40, bottlenecks }, 1)
  assert.deepEqual({ open, send }, { open: 40, send: 1020 })
})

test('whatever is lost arrives in the end, after the waits of the kernel', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.double({ min: 0, max: 0.9, noNaN: true }), async (seed, rate) => {
      const { open, send } = await times({ lossRate: rate, delayMs: 0, bottlenecks: [] }, seed)
      // Sums of 1, 2, 4 … s and of 0.2, 0.4, 0.8 … s, up to two minutes each.
      assert.ok(Number.isInteger(Math.round(open) / 1000), `${open}`)
      assert.ok(Math.abs(send / 200 - Math.round(send / 200)) < 1e-6, `${send}`)
    }),
  )
})
