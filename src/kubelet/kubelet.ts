import { nodes } from '#api'
import type { Client, EventRecorder, InformerFactory } from '#client'
import type { Host } from '#host'
import type { Clock, Logger, Random } from '#lib'
import type { NodeApi } from '#machinery'
import type { Network } from '#network'
import type { Runtime } from '#runtime'
import { createAdmitHandler } from './admission/admit-handler.ts'
import { resizeRefusal } from './admission/resize-room.ts'
import { createNodeApi } from './connect/node-api.ts'
import { createDeviceClaims, type DeviceClaims } from './devices/device-claims.ts'
import { createEvictionManager } from './eviction/eviction-manager.ts'
import { createImagePuller } from './images/image-puller.ts'
import { rotateLogs } from './logs/rotation.ts'
import type { KubeletConfig } from './model/config.ts'
import { createKubeletMetrics } from './model/kubelet-metrics.ts'
import { createReferences } from './model/references.ts'
import { observation } from './model/triggers.ts'
import type { KubeletWorld } from './model/world.ts'
import { createNodeAgent, type NodeAgent } from './node/node-agent.ts'
import { createRuntimeState, type RuntimeState } from './node/runtime-state.ts'
import type { PodShared } from './pod/pod-shared.ts'
import { followPods } from './pod-additions.ts'
import { createProbeResults } from './probes/results.ts'
import { createStatusManager, type StatusManager } from './status/status-manager.ts'
import { createTokens } from './volumes/tokens.ts'
import { createPleg } from './workers/pleg.ts'
import type { PodWorker } from './workers/pod-worker.ts'
import { createSyncLoop } from './workers/sync-loop.ts'

/** What a kubelet is given: its configuration, its client, and the seams below it. */
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

/** A kubelet keeps the pods of one node as the API says they should be. */
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
  const workers = new Map<string, PodWorker>()
  const pods = () => workers.values()
  const metrics = createKubeletMetrics({ nodeName: config.nodeName, pods })
  const world: KubeletWorld = { ...options, actor, client: caused, facts, references, metrics }
  const statuses = createStatusManager({ client, clock, log: options.log, actor })
  const eviction = createEvictionManager(world)
  const fieldSelector = `metadata.name=${config.nodeName}`
  const own = informers.informer(nodes, { fieldSelector })
  const pleg = createPleg(world)
  const runtime = createRuntimeState(world, pleg.fault)
  const node = createNodeAgent(world, { own, pressure: eviction.pressure, runtime })
  const devices = await createDeviceClaims(world, signal)
  const shared = sharedBy({ world, workers, statuses, devices, node, runtime, signal })
  const syncLoop = createSyncLoop(world, runtime.runtimeFault, signal)
  const admitHandler = createAdmitHandler({
    world,
    workers,
    node: node.node,
    pressure: eviction.pressure,
  })
  const find = (namespace: string, name: string) =>
    [...workers.values()].find(
      ({ pod }) => pod.metadata.name === name && pod.metadata.namespace === namespace,
    )

  return {
    nodeName: config.nodeName,
    api: createNodeApi(world, find, pods),
    async run(running) {
      await Promise.all([
        node.run(running),
        statuses.run(running),
        pleg.run((uid, event) => workers.get(uid)?.send(event), running),
        rotateLogs(world, running),
        eviction.run(workers, running),
        host.drivers.run(running),
        followPods({ shared, workers, admitHandler, syncLoop, devices }, running),
      ])
    },
  }
}

interface Parts {
  readonly world: KubeletWorld
  readonly workers: ReadonlyMap<string, PodWorker>
  readonly statuses: StatusManager
  readonly devices: DeviceClaims
  readonly node: NodeAgent
  readonly runtime: RuntimeState
  readonly signal: AbortSignal
}

function sharedBy({ world, workers, statuses, devices, node, runtime, signal }: Parts): PodShared {
  const startedMs = world.clock.monotonicMs()
  return {
    world,
    statuses,
    devices,
    results: createProbeResults((uid, what) =>
      workers.get(uid)?.send({ kind: 'wake', because: observation(what) }),
    ),
    images: createImagePuller(world),
    tokens: createTokens(world.client, world.clock),
    allocatable: node.allocatable,
    networkFault: runtime.networkFault,
    // The default handler's: there are no others here.
    recursiveReadOnlyMounts: () =>
      runtime.abilities().handlers.find(({ name }) => name === '')?.recursiveReadOnlyMounts ??
      false,
    resizeRefusal: (pod) =>
      resizeRefusal(pod, {
        allocatable: node.allocatable(),
        others: [...workers.values()]
          .filter(({ isActive, uid }) => isActive && uid !== pod.metadata.uid)
          .map((each) => each.pod),
      }),
    uptimeMs: () => world.clock.monotonicMs() - startedMs,
    signal,
  }
}
