import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '#lib'
import { createTestWorld } from '../../../../test/images/containerd-world.ts'
import { type RuntimeHarness, runtimeConformance } from '../../conformance.ts'
import { containerdLeftovers, startContainerd, stopContainerd } from './private-containerd.ts'

runtimeConformance('containerd over the CRI', realHarness)

async function realHarness(): Promise<RuntimeHarness> {
  const world = await createTestWorld({ bridge: 'knarrconf0', podCidr: '10.213.0.0/24' })
  const { options, signal, cgroupRoot } = world
  const runtime = (await startContainerd(options, signal)).connect()
  return {
    runtime,
    clock: systemClock,
    lacks: new Set(['events']),
    image: 'docker.io/library/busybox:1.35',
    spareImage: 'docker.io/knarr-test/web:1',
    missingImage: 'docker.io/library/no-such-image:1',
    cgroupRoot,
    logDirectory: async (pod) => {
      const directory = join(options.dataDir, 'logs', pod)
      mkdirSync(directory, { recursive: true })
      return directory
    },
    readLog: async (path) => {
      try {
        return readFileSync(path, 'utf8')
      } catch {
        return ''
      }
    },
    renameLog: async (from, to) => renameSync(from, to),
    run: (work) => work,
    [Symbol.asyncDispose]: async () => {
      await runtime[Symbol.asyncDispose]()
      await stopContainerd(options, signal)
      assert.deepEqual(containerdLeftovers(options), [])
      await world[Symbol.asyncDispose]()
    },
  }
}
