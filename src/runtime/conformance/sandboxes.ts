import assert from 'node:assert/strict'
import { it } from 'node:test'
import { conformanceSandbox, exited, forever, ids, rejects, type World } from './world.ts'

export function sandboxTests(world: World): void {
  it('takes a sandbox from ready over notReady to not found', async () => {
    const { runtime, signal, run } = world
    const before = world.harness.clock.wallMs()
    const pod = await world.pod()
    const ready = await run(runtime.sandboxStatus(pod.id, signal))
    assert.equal(ready.state, 'ready')
    assert.deepEqual(ready.metadata, pod.config.metadata)
    assert.deepEqual(ready.labels, pod.config.labels)
    assert.deepEqual(ready.annotations, pod.config.annotations)
    assert.equal(ready.namespaces.network, 'pod')
    assert.equal(ready.ips.length >= 1, true)
    assert.match(ready.ips[0] ?? '', /^[0-9a-f.:]+$/)
    assert.ok(ready.createdAtMs >= before - 1, 'created after it was asked for')
    await run(runtime.stopSandbox(pod.id, signal))
    assert.equal((await run(runtime.sandboxStatus(pod.id, signal))).state, 'notReady')
    await run(runtime.removeSandbox(pod.id, signal))
    await rejects(run(runtime.sandboxStatus(pod.id, signal)), 'notFound')
  })

  it('stops and removes a sandbox twice, or one that never was', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    for (const id of [pod.id, pod.id, ids.unknown]) await run(runtime.stopSandbox(id, signal))
    for (const id of [pod.id, pod.id, ids.unknown]) await run(runtime.removeSandbox(id, signal))
  })

  it('refuses a second sandbox of the same attempt and takes the next attempt', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    await rejects(run(runtime.runSandbox(pod.config, signal)))
    await run(runtime.stopSandbox(pod.id, signal))
    const metadata = { ...pod.config.metadata, attempt: 1 }
    const next = await run(runtime.runSandbox({ ...pod.config, metadata }, signal))
    assert.equal((await run(runtime.sandboxStatus(next, signal))).metadata.attempt, 1)
    await run(runtime.stopSandbox(next, signal))
    await run(runtime.removeSandbox(next, signal))
    await pod.remove()
  })

  it('kills the containers of a sandbox that is stopped and drops those of one removed', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    await run(runtime.stopSandbox(pod.id, signal))
    const status = await exited(world, id)
    assert.equal(status.exitCode, 137)
    await run(runtime.removeSandbox(pod.id, signal))
    await rejects(run(runtime.containerStatus(id, signal)), 'notFound')
  })

  it('gives a pod on the network of the node no address of its own', async () => {
    const { runtime, signal, run } = world
    const base = await conformanceSandbox(world.harness, 'host-network')
    const namespaces = { ...base.linux.securityContext.namespaces, network: 'node' as const }
    const securityContext = { ...base.linux.securityContext, namespaces }
    const linux = { ...base.linux, securityContext }
    const pod = await world.pod({ ...base, hostname: '', linux })
    const status = await run(runtime.sandboxStatus(pod.id, signal))
    assert.deepEqual(status.ips, [])
    assert.equal(status.namespaces.network, 'node')
    await pod.remove()
  })
}
