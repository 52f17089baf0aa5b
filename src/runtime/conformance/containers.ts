import assert from 'node:assert/strict'
import { it } from 'node:test'
import { conformanceContainer, exited, forever, ids, onTerm, rejects, type World } from './world.ts'

const exits: readonly (readonly [string, readonly string[], number, string])[] = [
  ['true', ['true'], 0, 'Completed'],
  ['false', ['false'], 1, 'Error'],
  ['a shell that exits 3', ['sh', '-c', 'exit 3'], 3, 'Error'],
  ['a shell that exits 255', ['sh', '-c', 'exit 255'], 255, 'Error'],
  ['a short sleep', ['sleep', '0.2'], 0, 'Completed'],
]

export function containerTests(world: World): void {
  it('takes a container from created over running to exited', async () => {
    const { runtime, signal, run, harness } = world
    const pod = await world.pod()
    const id = await pod.create(onTerm('exit 0'))
    const created = await run(runtime.containerStatus(id, signal))
    assert.equal(created.state, 'created')
    assert.equal(created.startedAtMs, undefined)
    assert.equal(created.finishedAtMs, undefined)
    assert.deepEqual(created.metadata, { name: 'main', attempt: 0 })
    assert.equal(created.logPath, `${pod.config.logDirectory}/main_0.log`)
    await run(runtime.startContainer(id, signal))
    const running = await run(runtime.containerStatus(id, signal))
    assert.equal(running.state, 'running')
    assert.ok((running.startedAtMs ?? 0) >= created.createdAtMs)
    assert.equal(running.finishedAtMs, undefined)
    await run(harness.clock.sleep(200))
    await run(runtime.stopContainer(id, 10_000, signal))
    const ended = await run(runtime.containerStatus(id, signal))
    assert.equal(ended.state, 'exited')
    assert.equal(ended.startedAtMs, running.startedAtMs)
    assert.ok((ended.finishedAtMs ?? 0) >= (ended.startedAtMs ?? Number.POSITIVE_INFINITY))
    await pod.remove()
  })

  for (const [what, command, exitCode, reason] of exits) {
    it(`shows how ${what} ended`, async () => {
      const pod = await world.pod()
      const status = await exited(world, await pod.start(command))
      assert.deepEqual([status.exitCode, status.reason], [exitCode, reason])
      await pod.remove()
    })
  }

  it('shows a command that cannot be started as StartError with code 128', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.create(['/no/such/command'])
    const error = await rejects(run(runtime.startContainer(id, signal)))
    assert.match(error.message, /no such file or directory/)
    const status = await exited(world, id)
    assert.deepEqual([status.exitCode, status.reason], [128, 'StartError'])
    assert.match(status.message, /no such file or directory/)
    await pod.remove()
  })

  it('keeps earlier attempts of a container beside the present one', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const attempts = []
    for (const attempt of [0, 1, 2]) {
      const metadata = { name: 'main', attempt }
      const options = { metadata, logPath: `main_${attempt}.log` }
      attempts.push(await pod.start(['true'], options))
    }
    for (const id of attempts) await exited(world, id)
    const listed = await run(runtime.listContainers({ sandboxId: pod.id }, signal))
    assert.deepEqual(listed.map(({ metadata }) => metadata.attempt).sort(), [0, 1, 2])
    await pod.remove()
  })

  it('refuses a second container of the same name and attempt', async () => {
    const pod = await world.pod()
    await pod.create(forever)
    await rejects(pod.create(forever))
    await pod.remove()
  })

  it('says notFound for containers, sandboxes and images that are not there', async () => {
    const { runtime, signal, run, harness } = world
    const pod = await world.pod()
    const { unknown } = ids
    const absent = { ref: harness.missingImage, userSpecified: harness.missingImage }
    await rejects(run(runtime.containerStatus(unknown, signal)), 'notFound')
    await rejects(run(runtime.sandboxStatus(unknown, signal)), 'notFound')
    await rejects(run(runtime.startContainer(unknown, signal)), 'notFound')
    await rejects(run(runtime.execSync(unknown, ['true'], 0, signal)), 'notFound')
    await rejects(pod.create(forever, { image: absent }), 'notFound')
    const config = conformanceContainer(harness.image, forever)
    await rejects(run(runtime.createContainer(unknown, config, pod.config, signal)), 'notFound')
    await pod.remove()
  })

  it('removes a running container by force, and one that is gone without complaint', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    await run(runtime.removeContainer(id, signal))
    await rejects(run(runtime.containerStatus(id, signal)), 'notFound')
    await run(runtime.removeContainer(id, signal))
    await run(runtime.removeContainer(ids.unknown, signal))
    await pod.remove()
  })

  it('takes new limits for a running container', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    const resources = { cpuShares: 512, memoryLimitBytes: 64 * 1024 * 1024 }
    await run(runtime.updateContainerResources(id, resources, signal))
    assert.equal((await run(runtime.containerStatus(id, signal))).state, 'running')
    await pod.remove()
  })
}
