import { amountsOf, type HostPort, type Node, type Taint } from '#api'
import type { Stored } from '#machinery'
import type { Labels } from '#machinery/selectors'
import { hasAffinity, type PodInfo } from './pod-info.ts'
import { addResources, noResources, type Resources, resourcesFrom } from './resources.ts'

/** What the pods on a node amount to. A value: each change gives a new one. */
export interface PodsOfNode {
  readonly pods: readonly PodInfo[]
  readonly requested: Resources
  readonly scoringMilliCpu: number
  readonly scoringMemory: number
  readonly hostPorts: readonly HostPort[]
  readonly podsWithAffinity: readonly PodInfo[]
  readonly podsWithAntiAffinity: readonly PodInfo[]
}

/** A node as the scheduler sees it at one instant. */
export interface NodeInfo {
  readonly name: string
  /** Where sums over the node's pods are found in a aggregate; -1 for a node outside a snapshot. */
  readonly slot: number
  readonly node: Stored<Node>
  readonly labels: Labels
  readonly taints: readonly Taint[]
  readonly allocatable: Resources
  readonly allowedPods: number
  /** Sizes in bytes by name of image. */
  readonly images: ReadonlyMap<string, number>
  readonly load: PodsOfNode
}

const noLabels: Labels = Object.freeze({})

export const emptyLoad: PodsOfNode = Object.freeze({
  pods: [],
  requested: noResources,
  scoringMilliCpu: 0,
  scoringMemory: 0,
  hostPorts: [],
  podsWithAffinity: [],
  podsWithAntiAffinity: [],
})

export function nodeInfoOf(node: Stored<Node>, load: PodsOfNode, slot = -1): NodeInfo {
  const allocatable = amountsOf(node.status?.allocatable)
  const pods = amountsOf(node.status?.allocatable).get('pods')
  return {
    name: node.metadata.name,
    slot,
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

export function withPod(load: PodsOfNode, info: PodInfo): PodsOfNode {
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
  }
}

/** Without the pod of that uid; the same load when it is not there. */
export function withoutPod(load: PodsOfNode, uid: string): PodsOfNode {
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
  }
}
