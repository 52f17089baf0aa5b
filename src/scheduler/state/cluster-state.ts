import type { Node } from '#api'
import type { Stored } from '#machinery'
import {
  emptyLoad,
  type Load,
  type NodeInfo,
  nodeInfoOf,
  withoutPod,
  withPod,
} from '../model/node-info.ts'
import type { PodInfo } from '../model/pod-info.ts'
import type { ClusterView, Snapshot } from '../model/snapshot.ts'
import { createImageCounts } from './image-counts.ts'
import { zoneByZone } from './node-order.ts'

/**
 * Nodes and the pods on them, kept current change by change. A pod that was given a node counts
 * there at once (it is assumed), until it is seen bound or its binding failed. Snapshots share all
 * that did not change since the last one.
 */
export interface ClusterState {
  setNode(node: Stored<Node>): void
  removeNode(name: string): void
  /** A pod seen on a node; takes the place of an assumed or older one of the same uid. */
  setPod(pod: PodInfo, node: string): void
  removePod(uid: string): void
  assume(pod: PodInfo, node: string): void
  /** Takes back an assumption; nothing when the pod was seen bound meanwhile. */
  forget(uid: string): void
  isAssumed(uid: string): boolean
  /** Reserves room for a pod on a node, for when its victims are gone; undefined: no more. */
  nominate(pod: PodInfo, node: string | undefined): void
  nominatedTo(node: string): readonly PodInfo[]
  snapshot(cluster: ClusterView): Snapshot
}

export function createClusterState(): ClusterState {
  const nodes = createNodeTable()
  const placed = new Map<string, string>()
  const assumed = new Set<string>()
  const nominations = createNominations()

  const remove = (uid: string) => {
    const node = placed.get(uid)
    if (node === undefined) return
    placed.delete(uid)
    assumed.delete(uid)
    nodes.setLoad(node, withoutPod(nodes.load(node), uid))
  }
  const set = (pod: PodInfo, node: string) => {
    remove(pod.uid)
    placed.set(pod.uid, node)
    nodes.setLoad(node, withPod(nodes.load(node), pod))
  }
  return {
    setNode: nodes.set,
    removeNode: nodes.remove,
    setPod: set,
    removePod: remove,
    assume(pod, node) {
      set(pod, node)
      assumed.add(pod.uid)
    },
    forget(uid) {
      if (assumed.has(uid)) remove(uid)
    },
    isAssumed: (uid) => assumed.has(uid),
    nominate: nominations.set,
    nominatedTo: (node) => nominations.byNode().get(node) ?? [],
    snapshot(cluster) {
      return { ...nodes.freeze(), nominated: nominations.byNode(), cluster }
    },
  }
}

type NodeView = Pick<Snapshot, 'nodes' | 'find' | 'imageNodes'>

/** Nodes with their loads; loads of unknown nodes are kept for when the node comes. */
function createNodeTable() {
  const known = new Map<string, NodeInfo>()
  const loads = new Map<string, Load>()
  const images = createImageCounts()
  let ordered: NodeInfo[] = []
  let positions = new Map<string, number>()
  let view: NodeView | undefined
  let reorder = false

  const load = (name: string) => loads.get(name) ?? emptyLoad()
  /** A view that was given out keeps its list: what changes next is a copy. */
  const replace = (info: NodeInfo) => {
    known.set(info.name, info)
    const position = positions.get(info.name)
    if (position === undefined) {
      reorder = true
      view = undefined
      return
    }
    if (view) ordered = ordered.slice()
    view = undefined
    ordered[position] = info
  }
  return {
    load,
    setLoad(name: string, next: Load) {
      if (next.pods.length === 0 && !known.has(name)) loads.delete(name)
      else loads.set(name, next)
      const info = known.get(name)
      if (info) replace({ ...info, load: next })
    },
    set(node: Stored<Node>) {
      const info = nodeInfoOf(node, load(node.metadata.name))
      const before = known.get(info.name)
      images.replace(before?.images, info.images)
      loads.set(info.name, info.load)
      if (before && zoneOf(before) !== zoneOf(info)) reorder = true
      replace(info)
    },
    remove(name: string) {
      const info = known.get(name)
      if (!info) return
      images.replace(info.images, undefined)
      known.delete(name)
      if (info.load.pods.length === 0) loads.delete(name)
      reorder = true
      view = undefined
    },
    freeze(): NodeView {
      if (reorder) {
        ordered = zoneByZone(known.values())
        positions = new Map(ordered.map(({ name }, position) => [name, position]))
        reorder = false
      }
      view ??= viewOf(ordered, positions, images.freeze())
      return view
    },
  }
}

function viewOf(
  nodes: readonly NodeInfo[],
  positions: ReadonlyMap<string, number>,
  imageNodes: ReadonlyMap<string, number>,
): NodeView {
  const find = (name: string) => {
    const position = positions.get(name)
    return position === undefined ? undefined : nodes[position]
  }
  return { nodes, find, imageNodes }
}

function zoneOf({ labels }: NodeInfo): string {
  return `${labels['topology.kubernetes.io/region']}:${labels['topology.kubernetes.io/zone']}`
}

function createNominations() {
  const byPod = new Map<string, { readonly pod: PodInfo; readonly node: string }>()
  let byNode: ReadonlyMap<string, readonly PodInfo[]> = new Map()
  let isCurrent = true
  return {
    set(pod: PodInfo, node: string | undefined) {
      if (node === undefined && !byPod.has(pod.uid)) return
      if (node === undefined) byPod.delete(pod.uid)
      else byPod.set(pod.uid, { pod, node })
      isCurrent = false
    },
    byNode() {
      if (isCurrent) return byNode
      const next = new Map<string, PodInfo[]>()
      for (const { pod, node } of byPod.values()) {
        const pods = next.get(node)
        if (pods) pods.push(pod)
        else next.set(node, [pod])
      }
      byNode = next
      isCurrent = true
      return byNode
    },
  }
}
