import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClockAdvance } from '#api'
import type { Client } from '#client'
import { createVirtualClock } from '#lib'
import { advanceInSlices } from './advance.ts'

/** A cluster whose condition holds once so many seconds have passed. */
function clusterWhere(holdsAfterSeconds: number) {
  let seconds = 0
  const asked: string[] = []
  const createSubresource = async (_: unknown, __: unknown, ___: string, body: ClockAdvance) => {
    const { duration = '0s', until } = body.spec
    asked.push(`${duration}${until ? ' until' : ''}`)
    seconds = Math.min(seconds + Number.parseInt(duration, 10), until ? holdsAfterSeconds : 1e9)
    const reached = !until || seconds >= holdsAfterSeconds
    return { status: { now: '', elapsed: `${seconds}s`, reached } }
  }
  // Cast: an advance needs no more of a client than this.
  const client = { createSubresource, getPath: async () => ({}) } as unknown as Client
  return { client, asked }
}

const world = {
  terminal: { out: () => undefined, err: () => undefined, isInteractive: false, columns: 80 },
  clock: createVirtualClock(),
  signal: new AbortController().signal,
} as unknown as Parameters<typeof advanceInSlices>[2]

const until = { resource: 'pods', name: 'web', for: 'condition=Ready' }

test('an advance until something holds goes on until it does, and no further', async () => {
  const { client, asked } = clusterWhere(15)
  const { status, leftMs } = await advanceInSlices(client, { duration: '40s', until }, world)
  assert.deepEqual(asked, ['0s until', '10s until', '10s until'])
  assert.deepEqual([status.elapsed, status.reached, leftMs], ['15s', true, 0])
})

test('what holds already takes no time, and an advance by itself takes all of it', async () => {
  const there = clusterWhere(0)
  await advanceInSlices(there.client, { duration: '40s', until }, world)
  assert.deepEqual(there.asked, ['0s until'])
  const all = clusterWhere(0)
  await advanceInSlices(all.client, { duration: '25s' }, world)
  assert.deepEqual(all.asked, ['0s', '10s', '10s', '5s'])
})
