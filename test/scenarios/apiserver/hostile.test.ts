import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { holdOf, startAttacked } from './hostile-fixture.ts'
import { holdOfFrames, hostileFrames } from './hostile-frames.ts'
import { hostileRequests } from './hostile-requests.ts'

const bytes = 128 * 1024
/** Processor time for the 24th part of a full body; work that grows with its square takes seconds. */
const mostMs = 150

describe('no hostile request holds the server:', () => {
  for (const request of hostileRequests) {
    test(request.name, async () => {
      await using api = await startAttacked()
      // Compiled code is what a running server has.
      await holdOf(api, request, 4096)
      const { status, heldMs } = await holdOf(api, request, bytes)
      assert.ok(heldMs < mostMs, `held for ${Math.round(heldMs)} ms`)
      assert.notEqual(status, 500)
    })
  }
})

describe('no frames hold the server:', () => {
  for (const frames of hostileFrames) {
    test(frames.name, async () => {
      await holdOfFrames(frames, 4096)
      const heldMs = await holdOfFrames(frames, bytes)
      assert.ok(heldMs < mostMs, `held for ${Math.round(heldMs)} ms`)
    })
  }
})
