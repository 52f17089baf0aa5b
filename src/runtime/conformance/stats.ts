import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forever, ids, rejects, type World } from './world.ts'

export function statsTests(world: World): void {
  it('measures a running container', async (t) => {
    if (world.lacks('stats')) return t.skip('no stats')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    const stats = await run(runtime.containerStats(id, signal))
    assert.equal(stats.id, id)
    assert.deepEqual(stats.metadata, { name: 'main', attempt: 0 })
    assert.ok((stats.memory?.workingSetBytes ?? 0) > 0)
    assert.ok((stats.cpu?.usageCoreNs ?? 0) > 0)
    const listed = await run(runtime.listContainerStats({ sandboxId: pod.id }, signal))
    assert.deepEqual(
      listed.map((each) => each.id),
      [id],
    )
    const sandbox = await run(runtime.sandboxStats(pod.id, signal))
    assert.equal(sandbox.metadata.uid, pod.config.metadata.uid)
    assert.deepEqual(
      sandbox.containers.map((each) => each.id),
      [id],
    )
    const sandboxes = await run(runtime.listSandboxStats({ id: pod.id }, signal))
    assert.deepEqual(
      sandboxes.map((each) => each.id),
      [pod.id],
    )
    await rejects(run(runtime.containerStats(ids.unknown, signal)))
    await pod.remove()
  })
}
