import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Runtime } from '../model/runtime.ts'
import { exited, forever, ids, type World } from './world.ts'

export function listingTests(world: World): void {
  it('lists sandboxes by id, state and labels', async () => {
    const { runtime, signal, run } = world
    const labels = { suite: 'conformance', listing: 'yes' }
    const ready = await world.pod({ labels: { ...labels, which: 'ready' } })
    const stopped = await world.pod({ labels: { ...labels, which: 'stopped' } })
    await run(runtime.stopSandbox(stopped.id, signal))
    const listed = async (filter: Parameters<Runtime['listSandboxes']>[0]) =>
      (await run(runtime.listSandboxes(filter, signal))).map(({ id }) => id).sort()
    assert.deepEqual(await listed({ labels: { listing: 'yes' } }), [ready.id, stopped.id].sort())
    assert.deepEqual(await listed({ labels: { listing: 'yes' }, state: 'ready' }), [ready.id])
    assert.deepEqual(await listed({ labels: { listing: 'yes', which: 'stopped' } }), [stopped.id])
    assert.deepEqual(await listed({ id: ready.id }), [ready.id])
    assert.deepEqual(await listed({ id: ready.id, state: 'notReady' }), [])
    assert.deepEqual(await listed({ labels: { listing: 'no' } }), [])
    await ready.remove()
    await stopped.remove()
  })

  it('lists containers by id, sandbox, state and labels', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const other = await world.pod()
    const named = (name: string) => ({
      metadata: { name, attempt: 0 },
      labels: { name },
      logPath: `${name}.log`,
    })
    const created = await pod.create(forever, named('created'))
    const running = await pod.start(forever, named('running'))
    const ended = await pod.start(['true'], named('ended'))
    const elsewhere = await other.start(forever, named('elsewhere'))
    await exited(world, ended)
    const listed = async (filter: Parameters<Runtime['listContainers']>[0]) =>
      (await run(runtime.listContainers(filter, signal))).map(({ id }) => id).sort()
    const sandboxId = pod.id
    assert.deepEqual(await listed({ sandboxId }), [created, running, ended].sort())
    assert.deepEqual(await listed({ sandboxId, state: 'created' }), [created])
    assert.deepEqual(await listed({ sandboxId, state: 'running' }), [running])
    assert.deepEqual(await listed({ sandboxId, state: 'exited' }), [ended])
    assert.deepEqual(await listed({ id: elsewhere }), [elsewhere])
    assert.deepEqual(await listed({ id: elsewhere, sandboxId }), [])
    assert.deepEqual(await listed({ sandboxId, labels: { name: 'running' } }), [running])
    assert.deepEqual(await listed({ id: ids.unknown }), [])
    await pod.remove()
    await other.remove()
  })
}
