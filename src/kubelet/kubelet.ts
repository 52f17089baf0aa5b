import { type Pod, pods } from '#api'
import { type Client, createInformer, type EventRecorder, type InformerFactory } from '#client'
import type { Host } from '#host'
import { type Clock, type Logger, messageOf, type Random } from '#lib'
import { keyOf, type NodeApi, type Stored } from '#machinery'
import type { Network } from '#network'
import type { Runtime } from '#runtime'
import type { KubeletConfig } from './config.ts'
import { createEvictionManager } from './eviction/eviction-manager.ts'
import { createImagePuller } from './images/image-puller.ts'
import { podUidLabel } from './labels.ts'
import { rotateLogs } from './logs/rotation.ts'
import { createNodeAgent, type NodeAgent } from './node/node-agent.ts'
import { createNodeApi } from './node-api.ts'
import type { PodShared } from './pod-shared.ts'
import { createPodWorker, type PodWorker } from './pod-worker.ts'
import { createProbeResults } from './probes/results.ts'
import { createReferences } from './references.ts'
import { watchRuntime } from './runtime-watch.ts'
import { createStatusManager, type StatusManager } from './status/status-manager.ts'
import { createTokens } from './volumes/tokens.ts'
import type { KubeletWorld } from './world.ts'

export interface KubeletOptions {
  readonly config: KubeletConfig
  /** Acts as `system:node:<name>`. */
  readonly client: Client
  readonly informers: InformerFactory
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly events: EventRecorder
  readonly runtime: Runtime
  readonly network: Network
  readonly host: Host
}

export interface Kubelet {
  readonly nodeName: string
  /** What the API server asks of this node. */
  readonly api: NodeApi
  /** Runs until `signal` aborts. Containers go on running. */
  run(signal: AbortSignal): Promise<void>
}

/** The agent of one node. All that it remembers it finds again in the API and in the runtime. */
export async function createKubelet(
  options: KubeletOptions,
  signal: AbortSignal,
): Promise<Kubelet> {
  const { client, clock, random, config, host } = options
  await host.prepare(signal)
  await host.cgroups.prepare({}, signal)
  const facts = await host.node.facts(signal)
  const actor = `kubelet/${config.nodeName}`
  const caused = client.because({ actor, trigger: { kind: 'timer', purpose: 'heartbeat' } })
  const informers = options.informers
  const references = createReferences({ client: caused, clock, random, informers, signal })
  const world: KubeletWorld = { ...options, actor, client: caused, facts, references }
  const workers = new Map<string, PodWorker>()
  const statuses = createStatusManager({ client, clock, log: options.log, actor })
  const eviction = createEvictionManager(world)
  const node = createNodeAgent(world, eviction.pressure)
  const shared = sharedBy({ world, workers, statuses, node, signal })
  const find = (namespace: string, name: string) =>
    [...workers.values()].find(
      ({ pod }) => pod.metadata.name === name && pod.metadata.namespace === namespace,
    )

  return {
    nodeName: config.nodeName,
    api: createNodeApi(world, find, () => [...workers.values()].map(({ pod }) => pod)),
    async run(running) {
      await Promise.all([
        node.run(running),
        statuses.run(running),
        watchRuntime(world, (uid, what) => workers.get(uid)?.wake(what), running),
        rotateLogs(world, running),
        eviction.run(workers, running),
        followPods(shared, workers, running),
      ])
    },
  }
}

interface Parts {
  readonly world: KubeletWorld
  readonly workers: ReadonlyMap<string, PodWorker>
  readonly statuses: StatusManager
  readonly node: NodeAgent
  readonly signal: AbortSignal
}

function sharedBy({ world, workers, statuses, node, signal }: Parts): PodShared {
  const startedMs = world.clock.monotonicMs()
  return {
    world,
    statuses,
    results: createProbeResults((uid, what) => workers.get(uid)?.wake(what)),
    images: createImagePuller(world),
    tokens: createTokens(world.client, world.clock),
    allocatable: node.allocatable,
    networkFault: node.networkFault,
    uptimeMs: () => world.clock.monotonicMs() - startedMs,
    signal,
  }
}

/** One worker for each pod that is bound to this node. */
async function followPods(
  shared: PodShared,
  workers: Map<string, PodWorker>,
  signal: AbortSignal,
): Promise<void> {
  const { world } = shared
  const { client, clock, random, config, log } = world
  const informer = createInformer({ client, clock, random }, pods, {
    fieldSelector: `spec.nodeName=${config.nodeName}`,
  })
  const running = new Set<Promise<void>>()
  const start = (pod: Stored<Pod>) => {
    const worker = createPodWorker(pod, shared)
    workers.set(worker.uid, worker)
    if (pod.metadata.deletionTimestamp) worker.update(pod)
    const run = worker.run(signal).then(
      () => {
        workers.delete(worker.uid)
        shared.statuses.forget(worker.uid)
      },
      (error) => log.error('a pod worker broke', { pod: keyOf(pod), error: messageOf(error) }),
    )
    running.add(run)
    void run.finally(() => running.delete(run))
  }
  const informing = informer.run(signal)
  await informer.whenSynced(signal).catch(() => undefined)
  informer.subscribe(({ before, after }) => {
    if (before && before.metadata.uid !== after?.metadata.uid)
      workers.get(before.metadata.uid)?.removed()
    if (!after) return
    const worker = workers.get(after.metadata.uid)
    if (worker) worker.update(after)
    else start(after)
  })
  await removeOrphans(shared, workers, signal).catch((error) => {
    if (!signal.aborted) log.warn('cannot remove orphaned pods', { error: messageOf(error) })
  })
  await informing
  await Promise.all(running)
}

/** What a pod left on the node that was deleted while the kubelet was away. */
async function removeOrphans(
  { world }: PodShared,
  workers: ReadonlyMap<string, PodWorker>,
  signal: AbortSignal,
): Promise<void> {
  const { runtime, host } = world
  const isOrphan = (uid: string | undefined) => uid !== undefined && uid !== '' && !workers.has(uid)
  for (const { id, labels } of await runtime.listSandboxes({}, signal)) {
    if (!isOrphan(labels[podUidLabel])) continue
    await runtime.stopSandbox(id, signal)
    await runtime.removeSandbox(id, signal)
  }
  for (const { podUid, path } of await host.cgroups.listPods(signal)) {
    if (isOrphan(podUid)) await host.cgroups.remove(path, signal)
  }
  for (const uid of await host.pods.list(signal))
    if (isOrphan(uid)) await host.pods.remove(uid, signal)
}
