import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forever, rejects, type World } from './world.ts'

export function execTests(world: World): void {
  it('runs a command in a container and gives its exit code', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    const codes = []
    for (const argv of [['true'], ['false'], ['sh', '-c', 'exit 42']]) {
      codes.push((await run(runtime.execSync(id, argv, 10_000, signal))).exitCode)
    }
    assert.deepEqual(codes, [0, 1, 42])
    await pod.remove()
  })

  it('keeps the two outputs of a command apart', async (t) => {
    if (world.lacks('output')) return t.skip('no output')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    const argv = ['sh', '-c', 'echo out; echo err >&2']
    const { stdout, stderr } = await run(runtime.execSync(id, argv, 10_000, signal))
    assert.equal(Buffer.from(stdout).toString(), 'out\n')
    assert.equal(Buffer.from(stderr).toString(), 'err\n')
    await pod.remove()
  })

  it('ends a command after its time and says deadlineExceeded', async () => {
    const { runtime, signal, run, harness } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    const beginMs = harness.clock.monotonicMs()
    await rejects(run(runtime.execSync(id, ['sleep', '60'], 1000, signal)), 'deadlineExceeded')
    const tookMs = harness.clock.monotonicMs() - beginMs
    assert.ok(tookMs >= 990 && tookMs < 30_000, `took ${tookMs} ms`)
    await pod.remove()
  })

  it('refuses a command in a container that does not run, and one that does not exist', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    await rejects(run(runtime.execSync(id, ['/no/such/command'], 10_000, signal)))
    await run(runtime.stopContainer(id, 0, signal))
    await rejects(run(runtime.execSync(id, ['true'], 10_000, signal)))
    await pod.remove()
  })
}
