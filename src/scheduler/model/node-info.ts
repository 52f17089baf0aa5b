import { amountsOf, type Node, type Taint } from '#api'
import type { Labels, Stored } from '#machinery'
import type { HostPort } from './host-ports.ts'
import { hasAffinity, type PodInfo } from './pod-info.ts'
import { addResources, noResources, type Resources, resourcesFrom } from './resources.ts'

/** What the pods on a node amount to. A value: each change gives a new one. */
export interface Load {
  readonly pods: readonly PodInfo[]
  readonly requested: Resources
  readonly scoringMilliCpu: number
  readonly scoringMemory: number
  readonly hostPorts: readonly HostPort[]
  readonly podsWithAffinity: readonly PodInfo[]
  readonly podsWithAntiAffinity: readonly PodInfo[]
  /** Answers about these very pods that were computed before; see `remembered`. */
  readonly memo: Map<string, unknown>
}

/** A node as the scheduler sees it at one instant. */
export interface NodeInfo {
  readonly name: string
  readonly node: Stored<Node>
  readonly labels: Labels
  readonly taints: readonly Taint[]
  readonly allocatable: Resources
  readonly allowedPods: number
  /** Sizes in bytes by name of image. */
  readonly images: ReadonlyMap<string, number>
  readonly load: Load
}

const noLabels: Labels = Object.freeze({})

export function emptyLoad(): Load {
  return {
    pods: [],
    requested: noResources,
    scoringMilliCpu: 0,
    scoringMemory: 0,
    hostPorts: [],
    podsWithAffinity: [],
    podsWithAntiAffinity: [],
    memo: new Map(),
  }
}

export function nodeInfoOf(node: Stored<Node>, load: Load): NodeInfo {
  const allocatable = amountsOf(node.status?.allocatable)
  const pods = amountsOf(node.status?.allocatable).get('pods')
  return {
    name: node.metadata.name,
    node,
    labels: node.metadata.labels ?? noLabels,
    taints: node.spec?.taints ?? [],
    allocatable: resourcesFrom(allocatable),
    allowedPods: pods ? Number(pods.nanos / 1_000_000_000n) : 0,
    images: imageSizes(node),
    load,
  }
}

function imageSizes({ status }: Node): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const { names = [], sizeBytes = 0 } of status?.images ?? []) {
    for (const name of names) sizes.set(name, sizeBytes)
  }
  return sizes
}

export function withPod(load: Load, info: PodInfo): Load {
  return {
    pods: [...load.pods, info],
    requested: addResources(load.requested, info.request, 1),
    scoringMilliCpu: load.scoringMilliCpu + info.scoringRequest.milliCpu,
    scoringMemory: load.scoringMemory + info.scoringRequest.memory,
    hostPorts: info.hostPorts.length ? [...load.hostPorts, ...info.hostPorts] : load.hostPorts,
    podsWithAffinity: hasAffinity(info) ? [...load.podsWithAffinity, info] : load.podsWithAffinity,
    podsWithAntiAffinity: info.antiAffinity.length
      ? [...load.podsWithAntiAffinity, info]
      : load.podsWithAntiAffinity,
    memo: new Map(),
  }
}

/** Without the pod of that uid; the same load when it is not there. */
export function withoutPod(load: Load, uid: string): Load {
  const info = load.pods.find((pod) => pod.uid === uid)
  if (!info) return load
  const isOther = (pod: PodInfo) => pod.uid !== uid
  const pods = load.pods.filter(isOther)
  return {
    pods,
    requested: addResources(load.requested, info.request, -1),
    scoringMilliCpu: load.scoringMilliCpu - info.scoringRequest.milliCpu,
    scoringMemory: load.scoringMemory - info.scoringRequest.memory,
    hostPorts: info.hostPorts.length ? pods.flatMap((pod) => pod.hostPorts) : load.hostPorts,
    podsWithAffinity: hasAffinity(info)
      ? load.podsWithAffinity.filter(isOther)
      : load.podsWithAffinity,
    podsWithAntiAffinity: info.antiAffinity.length
      ? load.podsWithAntiAffinity.filter(isOther)
      : load.podsWithAntiAffinity,
    memo: new Map(),
  }
}

/** Answers kept per node; with more questions than this in turn, they are asked anew. */
const memoLimit = 64

/**
 * What `compute` says about the pods of a load, remembered for as long as those pods are the same.
 * That is what keeps a cycle from looking at all pods: only nodes whose pods changed are counted
 * again. `key` must say everything that the answer depends on besides the pods.
 */
export function remembered<T>(load: Load, key: string, compute: (load: Load) => T): T {
  const known = load.memo.get(key)
  if (known !== undefined) return known as T
  if (load.memo.size >= memoLimit) load.memo.clear()
  const answer = compute(load)
  load.memo.set(key, answer)
  return answer
}
