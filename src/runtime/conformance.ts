import { after, before, describe } from 'node:test'
import { containerTests } from './conformance/containers.ts'
import { eventTests } from './conformance/events.ts'
import { execTests } from './conformance/exec.ts'
import { imageTests } from './conformance/images.ts'
import { listingTests } from './conformance/listing.ts'
import { logTests } from './conformance/logs.ts'
import { nodeTests } from './conformance/node.ts'
import { sandboxTests } from './conformance/sandboxes.ts'
import { statsTests } from './conformance/stats.ts'
import { stopTests } from './conformance/stopping.ts'
import { streamTests } from './conformance/streams.ts'
import type { RuntimeHarness } from './conformance/subject.ts'
import { createWorld } from './conformance/world.ts'

export type { OptionalAbility, RuntimeHarness } from './conformance/subject.ts'

/**
 * What the kubelet relies on, as one suite for every Runtime. Call it at the top of a test file.
 * Commands are those that a simulated container understands as well.
 */
export function runtimeConformance(name: string, makeHarness: () => Promise<RuntimeHarness>): void {
  describe(`runtime conformance: ${name}`, { concurrency: false }, () => {
    const world = createWorld(makeHarness)
    before(async () => {
      await world.open()
    })
    after(async () => {
      await world.close()
    })
    nodeTests(world)
    sandboxTests(world)
    containerTests(world)
    stopTests(world)
    listingTests(world)
    execTests(world)
    logTests(world)
    imageTests(world)
    statsTests(world)
    eventTests(world)
    streamTests(world)
  })
}
