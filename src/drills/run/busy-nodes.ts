import { pods } from '#api'
import type { DrillStage } from './stage.ts'

/**
 * Returns the node that carries the most pods of the application, or the second, and so on; where fewer carry any,
 * their turn comes again. Nodes without a pod of it would show nothing.
 */
export function busyNode({ cluster, scene }: DrillStage, rank: number): string {
  const namespaces = new Set(scene.workloads.map(({ namespace }) => namespace))
  const counts = new Map<string, number>()
  for (const { metadata, spec } of cluster.objects.list(pods)) {
    const node = spec?.nodeName
    if (node === undefined || !namespaces.has(metadata.namespace ?? '')) continue
    counts.set(node, (counts.get(node) ?? 0) + 1)
  }
  const busy = [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
  const [found] = busy[rank % Math.max(1, busy.length)] ?? []
  return found ?? scene.nodes[rank % scene.nodes.length]?.name ?? ''
}

/** Names a rank: `the busiest node`, `the 2nd node`. */
export function rankText(rank: number): string {
  const suffix = ['st', 'nd', 'rd'][rank] ?? 'th'
  return rank === 0 ? 'the busiest node' : `the ${rank + 1}${suffix} node`
}

/** The ranks of nodes that a drill goes through: all, and three at most. */
export function nodeRanks(nodes: readonly unknown[]): readonly number[] {
  return nodes.slice(0, 3).map((_, index) => index)
}
