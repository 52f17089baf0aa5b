import type { CpuStats } from '#runtime'
import type { KubeletWorld } from '../model/world.ts'
import type { PodWorker } from '../workers/pod-worker.ts'
import { type Rate, type SummaryFacts, summaryOf } from './summary.ts'

export type Summary = ReturnType<typeof summaryOf>

/** Measures the node and its pods, each time anew when somebody asks. */
export function createSummary(
  world: KubeletWorld,
  workers: () => Iterable<PodWorker>,
): (signal: AbortSignal) => Promise<Summary> {
  const { runtime, host, clock, config, facts } = world
  const sinceMs = clock.wallMs()
  let before: ReadonlyMap<string, CpuStats> = new Map()
  return async (signal) => {
    const seen = new Map<string, CpuStats>()
    const [readings, containers, sandboxes, files] = await Promise.all([
      host.node.readings(signal),
      runtime.listContainerStats({}, signal),
      // Not every runtime knows pods' own figures; those of their containers are there all the same.
      runtime.listSandboxStats({}, signal).catch(ifNotAborted(signal)),
      runtime.images.fsInfo(signal).catch(() => undefined),
    ])
    const given: SummaryFacts = {
      nodeName: config.nodeName,
      facts,
      readings,
      imageFs: files?.images[0],
      containers,
      sandboxes: sandboxes ?? [],
      pods: [...workers()],
      sinceMs,
      nowMs: clock.wallMs(),
      rate: rateSince(before, seen),
    }
    const summary = summaryOf(given)
    before = seen
    return summary
  }
}

/** What was used per second since the last look; what is looked at now is noted for the next. */
export function rateSince(
  before: ReadonlyMap<string, CpuStats>,
  seen: Map<string, CpuStats>,
): Rate {
  return (key, cpu) => {
    const last = before.get(key)
    const tookMs = last ? cpu.atMs - last.atMs : 0
    // Two looks at one instant see no more than the first.
    seen.set(key, last && tookMs <= 0 ? last : cpu)
    if (!last || tookMs <= 0) return undefined
    return Math.max(0, Math.round(((cpu.usageCoreNs - last.usageCoreNs) * 1000) / tookMs))
  }
}

function ifNotAborted(signal: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    if (signal.aborted) throw error
    return undefined
  }
}
