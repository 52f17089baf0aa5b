import { messageOf } from '#lib'
import { parseQuantity, quantityNumber } from '#machinery/quantity'
import type { ContainerStats } from '#runtime'
import { containerNameLabel, podUidLabel } from '../model/labels.ts'
import type { KubeletWorld } from '../model/world.ts'
import type { PodWorker } from '../workers/pod-worker.ts'
import { evictionMessage } from './message.ts'
import { type ContainerUse, inOrderOfEviction, type PodUse } from './rank.ts'
import { type Shortage, shortagesOf } from './shortages.ts'

/** What the node is short of, for its conditions. */
export type Pressure = Readonly<Record<Shortage['condition'], boolean>>

/** Watches what is left of the node, and evicts pods when that is too little. */
export interface EvictionManager {
  pressure(): Pressure
  run(workers: ReadonlyMap<string, PodWorker>, signal: AbortSignal): Promise<void>
}

/** How often the node is measured (upstream: the eviction manager's monitoring interval). */
const periodMs = 10_000
/** How long a condition outlasts its cause (upstream: evictionPressureTransitionPeriod). */
const transitionMs = 300_000
/** After an eviction the node is measured again once the pod is gone; it is looked at this often… */
const cleanupPollMs = 1_000
/** …and waited for this long at most (upstream: podCleanupTimeout). */
const cleanupTimeoutMs = 30_000
/** What a pod gets to end in when a hard threshold is crossed. */
const hardGraceSeconds = 1

export function createEvictionManager(world: KubeletWorld): EvictionManager {
  const lastShortMs = new Map<Shortage['condition'], number>()
  const isShort = (condition: Shortage['condition']) => {
    const sinceMs = lastShortMs.get(condition)
    return sinceMs !== undefined && world.clock.monotonicMs() - sinceMs < transitionMs
  }
  const pressure = (): Pressure => ({
    memory: isShort('memory'),
    disk: isShort('disk'),
    pid: isShort('pid'),
  })
  const synchronize = async (workers: ReadonlyMap<string, PodWorker>, signal: AbortSignal) => {
    const readings = await world.host.node.readings(signal)
    const shortages = shortagesOf(world.config.evictionHard, readings)
    for (const { condition } of shortages) lastShortMs.set(condition, world.clock.monotonicMs())
    const [worst] = shortages
    return worst && relieve(world, worst, workers, signal)
  }
  return {
    pressure,
    async run(workers, signal) {
      while (!signal.aborted) {
        const evicted = await synchronize(workers, signal).catch((error) => {
          if (!signal.aborted)
            world.log.warn('cannot measure the node', { error: messageOf(error) })
        })
        const pause = evicted
          ? untilGone(evicted, world, signal)
          : world.clock.sleep(periodMs, signal)
        await pause.catch(() => undefined)
      }
    },
  }
}

/** Upstream: waitForPodsCleanup. */
async function untilGone(
  evicted: PodWorker,
  { clock }: KubeletWorld,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = clock.monotonicMs() + cleanupTimeoutMs
  do await clock.sleep(cleanupPollMs, signal)
  while (!evicted.isFinished && clock.monotonicMs() < untilMs)
}

/** Frees what nobody uses first; else one pod goes, which is returned. */
async function relieve(
  world: KubeletWorld,
  shortage: Shortage,
  workers: ReadonlyMap<string, PodWorker>,
  signal: AbortSignal,
): Promise<PodWorker | undefined> {
  recordThreshold(shortage, world)
  if (shortage.condition === 'disk' && (await removeUnusedImages(world, signal))) return undefined
  const stats = await world.runtime.listContainerStats({}, signal)
  const running = [...workers.values()].filter(isEvictable)
  const pods = running.map((worker) => useOf(worker, shortage, stats))
  const [first] = inOrderOfEviction(pods)
  const worker = first && workers.get(first.uid)
  if (!first || !worker) return undefined
  const message = evictionMessage(shortage, first)
  world.events.event(worker.pod, { type: 'Warning', reason: 'Evicted', message })
  const failure = { reason: 'Evicted', message, graceSeconds: hardGraceSeconds, isDisruption: true }
  worker.send({ kind: 'killed', failure })
  return worker
}

function recordThreshold({ resource }: Shortage, { events, config }: KubeletWorld): void {
  const { nodeName } = config
  const message = `Attempting to reclaim ${resource}`
  const node = { kind: 'Node', name: nodeName, uid: nodeName }
  events.event(node, { type: 'Warning', reason: 'EvictionThresholdMet', message })
}

/** Pods that end already need not be told, and what the system needs stays. */
function isEvictable({ pod, isActive }: PodWorker): boolean {
  const isCritical = (pod.spec?.priority ?? 0) >= 2_000_000_000
  return isActive && !isCritical && !pod.metadata.deletionTimestamp
}

/** True when something went. */
async function removeUnusedImages(
  { runtime }: KubeletWorld,
  signal: AbortSignal,
): Promise<boolean> {
  const containers = await runtime.listContainers({}, signal)
  const used = new Set(containers.flatMap(({ imageRef, image }) => [imageRef, image.ref]))
  const images = await runtime.images.list({}, signal)
  const unused = images.filter(
    ({ id, repoDigests, pinned }) => !pinned && ![id, ...repoDigests].some((ref) => used.has(ref)),
  )
  for (const { id } of unused) await runtime.images.remove(id, signal)
  return unused.length > 0
}

function useOf(
  { uid, pod }: PodWorker,
  { resource }: Shortage,
  stats: readonly ContainerStats[],
): PodUse {
  const used = new Map(
    stats
      .filter(({ labels }) => labels[podUidLabel] === uid)
      .map((each) => [each.labels[containerNameLabel] ?? '', usedBytes(each, resource)]),
  )
  const requested = (spec: { readonly requests?: Readonly<Record<string, string | number>> }) => {
    const amount = spec.requests?.[resource]
    return amount === undefined ? 0 : quantityNumber(parseQuantity(amount))
  }
  const containers: readonly ContainerUse[] = (pod.spec?.containers ?? []).map(
    ({ name, resources = {} }) => ({
      name,
      requestBytes: requested(resources),
      usedBytes: used.get(name) ?? 0,
    }),
  )
  return {
    uid,
    priority: pod.spec?.priority ?? 0,
    requestBytes: containers.reduce((sum, each) => sum + each.requestBytes, 0),
    usedBytes: containers.reduce((sum, each) => sum + each.usedBytes, 0),
    containers,
  }
}

function usedBytes({ memory, writableLayer }: ContainerStats, resource: string): number {
  if (resource === 'memory') return memory?.workingSetBytes ?? 0
  return writableLayer?.usedBytes ?? 0
}
