import type { NodeInfo } from '../model/node-info.ts'

const regionLabel = 'topology.kubernetes.io/region'
const zoneLabel = 'topology.kubernetes.io/zone'

/**
 * Nodes of the zones in turn: one of each zone, then the next of each. A search that stops early has
 * then still seen all zones (upstream: `nodeTree`).
 */
export function zoneByZone(nodes: Iterable<NodeInfo>): NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>()
  for (const node of nodes) {
    const zone = zoneKeyOf(node)
    const members = zones.get(zone)
    if (members) members.push(node)
    else zones.set(zone, [node])
  }
  const lists = [...zones.values()]
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  const ordered: NodeInfo[] = []
  for (let i = 0; i < longest; i++) {
    for (const list of lists) {
      const node = list[i]
      if (node) ordered.push(node)
    }
  }
  return ordered
}

/** The zone a node belongs to, with its region. */
export function zoneKeyOf({ labels }: NodeInfo): string {
  return `${labels[regionLabel] ?? ''}:${labels[zoneLabel] ?? ''}`
}
