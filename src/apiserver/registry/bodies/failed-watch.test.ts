import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#lib'
import { type ApiRequest, encodedFrom, type WatchFrame } from '#machinery'
import type { RegistryServices } from '../../request/resource-request.ts'
import { endedByFailure } from './failed-watch.ts'

const scope = {
  world: { log: silentLogger } as unknown as RegistryServices,
  request: { path: '/api/v1/events' } as unknown as ApiRequest,
}

test('a watch that fails ends with a frame that says why', async () => {
  async function* failing(): AsyncGenerator<WatchFrame> {
    yield { type: 'ADDED', object: encodedFrom({ kind: 'Event' }) }
    throw new TypeError('oh')
  }
  const frames: WatchFrame[] = []
  for await (const frame of endedByFailure(scope, failing())) frames.push(frame)
  const [first, last] = frames
  assert.equal(frames.length, 2)
  assert.equal(first?.type, 'ADDED')
  assert.equal(last?.type, 'ERROR')
  const { code, reason, message } = (last?.object.object ?? {}) as unknown as Record<
    string,
    unknown
  >
  assert.deepEqual([code, reason, message], [500, 'InternalError', 'Internal error occurred: oh'])
})
