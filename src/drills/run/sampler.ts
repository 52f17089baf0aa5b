import {
  endpointSlices,
  isNodeReady,
  isPodReady,
  nodeReadyCondition,
  nodes,
  type Pod,
  pods,
} from '#api'
import type { SimCluster } from '#cluster/simulation'
import { controllerOf, type Stored } from '#machinery'
import type { LaneSpan } from '../model/timeline.ts'

/** What a pod was from one instant on, with the time of the cluster's wall clock. */
interface PodSample extends Pick<LaneSpan, 'phase' | 'isReady' | 'endpoint'> {
  readonly atMs: number
}

/** A pod that was seen, and all that it was. */
export interface SampledPod {
  /** `namespace/name`. */
  readonly pod: string
  readonly workload: string | undefined
  node: string | undefined
  readonly samples: PodSample[]
  /** When it was gone. */
  goneAtMs?: number
}

/** What a node was from one instant on. */
export interface NodeSample {
  readonly atMs: number
  readonly ready: 'True' | 'False' | 'Unknown'
  readonly isCordoned: boolean
}

/** Looks at pods and nodes at every instant of a run, and keeps what changes. */
export interface Sampler {
  look(cluster: SimCluster): void
  readonly pods: readonly SampledPod[]
  readonly nodes: ReadonlyMap<string, readonly NodeSample[]>
}

/** Makes a sampler for one run. */
export function createSampler(): Sampler {
  const byUid = new Map<string, SampledPod>()
  const ofNodes = new Map<string, NodeSample[]>()
  let lastRevision = -1
  return {
    look(cluster) {
      const revision = cluster.revision()
      if (revision === lastRevision) return
      lastRevision = revision
      samplePods(cluster, byUid)
      sampleNodes(cluster, ofNodes)
    },
    get pods() {
      return [...byUid.values()]
    },
    nodes: ofNodes,
  }
}

function samplePods({ objects, clock }: SimCluster, byUid: Map<string, SampledPod>): void {
  const atMs = clock.wallMs()
  const endpoints = endpointStates(objects)
  const there = new Set<string>()
  for (const pod of objects.list(pods)) {
    const { uid } = pod.metadata
    there.add(uid)
    const held = byUid.get(uid) ?? sampled(pod)
    byUid.set(uid, held)
    held.node = pod.spec?.nodeName ?? held.node
    const now = { atMs, ...stateOf(pod), endpoint: endpoints.get(uid) ?? ('none' as const) }
    const last = held.samples.at(-1)
    const isSame =
      last?.phase === now.phase && last.isReady === now.isReady && last.endpoint === now.endpoint
    if (!isSame) held.samples.push(now)
  }
  for (const [uid, held] of byUid) if (!there.has(uid)) held.goneAtMs ??= atMs
}

function sampled(pod: Stored<Pod>): SampledPod {
  const { namespace = '', name, labels = {} } = pod.metadata
  const owner = controllerOf(pod)
  const hash = labels['pod-template-hash']
  const isOfDeployment = owner?.kind === 'ReplicaSet' && hash !== undefined
  const workload = isOfDeployment
    ? `deployment/${owner.name.slice(0, -hash.length - 1)}`
    : owner && `${owner.kind.toLowerCase()}/${owner.name}`
  return { pod: `${namespace}/${name}`, workload, node: pod.spec?.nodeName, samples: [] }
}

function stateOf(pod: Stored<Pod>): Pick<PodSample, 'phase' | 'isReady'> {
  const phase = pod.metadata.deletionTimestamp ? 'Terminating' : (pod.status?.phase ?? 'Pending')
  return { phase, isReady: isPodReady(pod) }
}

/** What EndpointSlices say of pods, by their UIDs. */
function endpointStates(objects: SimCluster['objects']): ReadonlyMap<string, LaneSpan['endpoint']> {
  const found = new Map<string, LaneSpan['endpoint']>()
  for (const { endpoints = [] } of objects.list(endpointSlices)) {
    for (const { conditions = {}, targetRef } of endpoints ?? []) {
      if (!targetRef?.uid) continue
      const state = conditions.ready === false ? 'notReady' : 'ready'
      found.set(targetRef.uid, conditions.terminating ? 'terminating' : state)
    }
  }
  return found
}

function sampleNodes({ objects, clock }: SimCluster, ofNodes: Map<string, NodeSample[]>): void {
  const atMs = clock.wallMs()
  for (const node of objects.list(nodes)) {
    const held = ofNodes.get(node.metadata.name) ?? []
    ofNodes.set(node.metadata.name, held)
    const { status } = nodeReadyCondition(node) ?? {}
    const ready = isNodeReady(node) ? 'True' : status === 'Unknown' ? 'Unknown' : 'False'
    const isCordoned = node.spec?.unschedulable === true
    const last = held.at(-1)
    if (last?.ready !== ready || last.isCordoned !== isCordoned) {
      held.push({ atMs, ready, isCordoned })
    }
  }
}
