import type { Node } from '#api'
import type { Stored } from '#machinery'
import { emptyLoad, type NodeInfo, nodeInfoOf, type PodsOfNode } from '../model/node-info.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { NodeSlotPods } from './aggregates.ts'
import { createImageCounts } from './image-counts.ts'
import { zoneByZone, zoneKeyOf } from './node-order.ts'

type NodeTableView = Pick<Snapshot, 'nodes' | 'find' | 'imageNodes'>

/** Nodes with their loads; loads of unknown nodes are kept for when the node comes. */
export interface NodeTable {
  set(node: Stored<Node>): void
  remove(name: string): void
  load(name: string): PodsOfNode
  setLoad(name: string, load: PodsOfNode): void
  /** A small number that is the node's alone for as long as it exists or holds pods. */
  slot(name: string): number
  loads(): Iterable<NodeSlotPods>
  /** All nodes as they stand; what changes later does not show in it. */
  freeze(): NodeTableView
}

export function createNodeTable(): NodeTable {
  const known = new Map<string, NodeInfo>()
  const loads = new Map<string, PodsOfNode>()
  const slots = createSlots()
  const images = createImageCounts()
  const list = createNodeList(known)

  const load = (name: string) => loads.get(name) ?? emptyLoad
  const replace = (info: NodeInfo) => {
    const before = known.get(info.name)
    known.set(info.name, info)
    list.replaced(info, before)
  }
  const dropIfUnused = (name: string) => {
    if (known.has(name) || load(name).pods.length > 0) return
    loads.delete(name)
    slots.free(name)
  }
  return {
    load,
    slot: slots.of,
    *loads() {
      for (const [name, each] of loads) yield { slot: slots.of(name), load: each }
    },
    setLoad(name, next) {
      loads.set(name, next)
      const info = known.get(name)
      if (info) replace({ ...info, load: next })
      else dropIfUnused(name)
    },
    set(node) {
      const { name } = node.metadata
      const info = nodeInfoOf(node, load(name), slots.of(name))
      images.replace(known.get(name)?.images, info.images)
      loads.set(name, info.load)
      replace(info)
    },
    remove(name) {
      const info = known.get(name)
      if (!info) return
      images.replace(info.images, undefined)
      known.delete(name)
      list.changed()
      dropIfUnused(name)
    },
    freeze: () => list.freeze(images.freeze()),
  }
}

/** The list of nodes in their order; a list that was given out is not touched again. */
function createNodeList(known: ReadonlyMap<string, NodeInfo>) {
  let ordered: NodeInfo[] = []
  let positions: ReadonlyMap<string, number> = new Map()
  let isOrdered = true
  let view: NodeTableView | undefined

  const changed = () => {
    isOrdered = false
    view = undefined
  }
  const reorder = () => {
    ordered = zoneByZone(known.values())
    positions = new Map(ordered.map(({ name }, position) => [name, position]))
    isOrdered = true
  }
  return {
    changed,
    replaced(info: NodeInfo, before: NodeInfo | undefined) {
      const position = positions.get(info.name)
      if (!before || position === undefined || zoneKeyOf(before) !== zoneKeyOf(info))
        return changed()
      if (view) ordered = ordered.slice()
      view = undefined
      if (isOrdered) ordered[position] = info
    },
    freeze(imageNodes: ReadonlyMap<string, number>): NodeTableView {
      if (!isOrdered) reorder()
      view ??= viewOf(ordered, positions, imageNodes)
      return view
    },
  }
}

function viewOf(
  nodes: readonly NodeInfo[],
  positions: ReadonlyMap<string, number>,
  imageNodes: ReadonlyMap<string, number>,
): NodeTableView {
  const find = (name: string) => {
    const position = positions.get(name)
    return position === undefined ? undefined : nodes[position]
  }
  return { nodes, find, imageNodes }
}

/** Numbers from zero on; freed ones are given out again. */
function createSlots() {
  const slots = new Map<string, number>()
  const free: number[] = []
  return {
    of(name: string) {
      let slot = slots.get(name)
      if (slot === undefined) {
        slot = free.pop() ?? slots.size
        slots.set(name, slot)
      }
      return slot
    },
    free(name: string) {
      const slot = slots.get(name)
      if (slot === undefined) return
      slots.delete(name)
      free.push(slot)
    },
  }
}
