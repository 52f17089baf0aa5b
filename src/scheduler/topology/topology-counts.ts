import type { NodeInfo } from '../model/node-info.ts'

/** Sums per topology domain: per key, per value of that label. */
export interface TopologyCounts {
  /** Domains with a sum other than zero. */
  readonly size: number
  /** Adds to the node's domain; nothing where the node lacks the label. */
  add(node: NodeInfo, topologyKey: string, amount: number): void
  addAll(
    nodes: readonly NodeInfo[],
    topologyKey: string,
    amountOf: (node: NodeInfo) => number,
  ): void
  /** The sum in the node's domain. */
  at(node: NodeInfo, topologyKey: string): number
  /** Whether any of the node's domains has a sum above zero. */
  anyAt(node: NodeInfo): boolean
  /** The sums of all the node's domains together. */
  totalAt(node: NodeInfo): number
  copy(): TopologyCounts
}

type Sums = Map<string, Map<string, number>>

export function createTopologyCounts(sums: Sums = new Map()): TopologyCounts {
  const at = (node: NodeInfo, topologyKey: string) => {
    const value = node.labels[topologyKey]
    return value === undefined ? 0 : (sums.get(topologyKey)?.get(value) ?? 0)
  }
  const add = (node: NodeInfo, topologyKey: string, amount: number) => {
    const value = node.labels[topologyKey]
    if (value === undefined || amount === 0) return
    let values = sums.get(topologyKey)
    if (!values) {
      values = new Map()
      sums.set(topologyKey, values)
    }
    const sum = (values.get(value) ?? 0) + amount
    if (sum === 0) values.delete(value)
    else values.set(value, sum)
  }
  return {
    get size() {
      let size = 0
      for (const values of sums.values()) size += values.size
      return size
    },
    add,
    addAll(nodes, topologyKey, amountOf) {
      for (const node of nodes) add(node, topologyKey, amountOf(node))
    },
    at,
    anyAt(node) {
      for (const topologyKey of sums.keys()) if (at(node, topologyKey) > 0) return true
      return false
    },
    totalAt(node) {
      let total = 0
      for (const topologyKey of sums.keys()) total += at(node, topologyKey)
      return total
    },
    copy: () => createTopologyCounts(new Map([...sums].map(([key, map]) => [key, new Map(map)]))),
  }
}
