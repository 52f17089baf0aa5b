import type { Node } from '#api'
import { deepEqual, type Stored } from '#machinery'
import { withoutPod, withPod } from '../model/node-info.ts'
import { isTerminating, type PodInfo } from '../model/pod-info.ts'
import type { ClusterView, Snapshot } from '../model/snapshot.ts'
import { computeAggregate, createAggregates } from './aggregates.ts'
import { createNodeTable } from './node-table.ts'

/**
 * Nodes and the pods on them, kept current change by change. A pod that was given a node counts
 * there at once (it is assumed), until it is seen bound or its binding failed. Snapshots share all
 * that did not change since the last one.
 */
export interface SchedulerCache {
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

export function createSchedulerCache(): SchedulerCache {
  const nodes = createNodeTable()
  const aggregates = createAggregates()
  const placed = new Map<string, Placed>()
  const assumed = new Set<string>()
  const nominations = createNominations()
  let version = 0

  const remove = (uid: string) => {
    const place = placed.get(uid)
    if (!place) return
    // Before the pod goes: with it the node may lose its slot.
    aggregates.podRemoved(nodes.slot(place.node), place.pod)
    placed.delete(uid)
    assumed.delete(uid)
    nodes.setLoad(place.node, withoutPod(nodes.load(place.node), uid))
    version++
  }
  const set = (pod: PodInfo, node: string) => {
    const before = placed.get(pod.uid)
    const isSame = before?.node === node && countsAlike(before.pod, pod)
    if (!isSame) remove(pod.uid)
    placed.set(pod.uid, { pod, node })
    assumed.delete(pod.uid)
    nodes.setLoad(node, withPod(withoutPod(nodes.load(node), pod.uid), pod))
    version++
    if (!isSame) aggregates.podAdded(nodes.slot(node), pod)
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
      const view = nodes.freeze()
      const taken = version
      return {
        ...view,
        nominated: nominations.byNode(),
        cluster,
        // What is kept from cycle to cycle tells of now; an older snapshot counts for itself.
        aggregate: (query) =>
          taken === version
            ? aggregates.query(query, nodes.loads())
            : computeAggregate(query, view.nodes),
      }
    },
  }
}

interface Placed {
  readonly pod: PodInfo
  readonly node: string
}

/** Whether no sum over pods can tell the two revisions of a pod apart; affinity never changes. */
function countsAlike(a: PodInfo, b: PodInfo): boolean {
  return isTerminating(a) === isTerminating(b) && deepEqual(a.labels, b.labels)
}

function createNominations() {
  const byPod = new Map<string, Placed>()
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
