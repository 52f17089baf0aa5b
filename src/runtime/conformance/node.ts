import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { World } from './world.ts'

export function nodeTests(world: World): void {
  it('tells its name and version and that it is ready', async () => {
    const { runtime, signal, run } = world
    const version = await run(runtime.version(signal))
    assert.match(version.name, /./)
    assert.match(version.version, /\d/)
    assert.equal(version.apiVersion, 'v1')
    const { conditions } = await run(runtime.status(signal))
    for (const type of ['RuntimeReady', 'NetworkReady']) {
      assert.equal(conditions.find((condition) => condition.type === type)?.status, true, type)
    }
  })

  it("rejects with the signal's reason when it is aborted before", async () => {
    const reason = new Error('enough')
    const work = world.runtime.version(AbortSignal.abort(reason))
    await assert.rejects(world.run(work), (error) => error === reason)
  })
}
