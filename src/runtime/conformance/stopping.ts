import assert from 'node:assert/strict'
import { it } from 'node:test'
import { exited, forever, graceMs, ids, onTerm, type World } from './world.ts'

interface StopCase {
  readonly what: string
  readonly command: readonly string[]
  readonly graceMs: number
  readonly exitCode: number
  readonly waits: boolean
}

const stops: readonly StopCase[] = [
  {
    what: 'lets a process that handles SIGTERM end by itself',
    command: onTerm('exit 0'),
    graceMs: 30_000,
    exitCode: 0,
    waits: false,
  },
  {
    what: 'keeps the exit code of a SIGTERM handler',
    command: onTerm('exit 7'),
    graceMs: 30_000,
    exitCode: 7,
    waits: false,
  },
  {
    what: 'kills a process that ignores SIGTERM after the grace',
    command: onTerm(''),
    graceMs,
    exitCode: 137,
    waits: true,
  },
  {
    what: 'kills a first process without a handler after the grace, as the kernel drops its SIGTERM',
    command: forever,
    graceMs,
    exitCode: 137,
    waits: true,
  },
  {
    what: 'kills at once without grace',
    command: onTerm('exit 0'),
    graceMs: 0,
    exitCode: 137,
    waits: false,
  },
]

export function stopTests(world: World): void {
  for (const { what, command, exitCode, waits, ...given } of stops) {
    it(`${what}`, async () => {
      const { runtime, signal, run, harness } = world
      const pod = await world.pod()
      const id = await pod.start(command)
      await run(harness.clock.sleep(300)) // until the shell has set its trap
      const beginMs = harness.clock.monotonicMs()
      await run(runtime.stopContainer(id, given.graceMs, signal))
      const tookMs = harness.clock.monotonicMs() - beginMs
      const status = await run(runtime.containerStatus(id, signal))
      assert.deepEqual([status.state, status.exitCode], ['exited', exitCode])
      if (waits) assert.ok(tookMs >= given.graceMs - 10, `waited ${tookMs} ms`)
      else assert.ok(tookMs < 20_000, `took ${tookMs} ms`)
      await pod.remove()
    })
  }

  it('stops a container that has ended or never was, without complaint', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(['true'])
    await exited(world, id)
    await run(runtime.stopContainer(id, graceMs, signal))
    await run(runtime.stopContainer(ids.unknown, graceMs, signal))
    assert.equal((await run(runtime.containerStatus(id, signal))).exitCode, 0)
    await pod.remove()
  })
}
