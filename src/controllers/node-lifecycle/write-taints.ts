import { type Node, nodes, type Taint } from '#api'
import type { Client } from '#client'
import { keyOf, type Stored } from '#machinery'
import { isConflict, isNotFound } from '#machinery/status'
import { taintsOf } from './taints.ts'

export const actor = 'controller/node-lifecycle'

/** Writes because of how a node stands now. */
export function after(client: Client, node: Stored<Node>): Client {
  const { resourceVersion } = node.metadata
  const trigger = { kind: 'change', resource: 'nodes', key: keyOf(node), resourceVersion } as const
  return client.because({ actor, trigger })
}

/** Writes a node's taints; what somebody else changed meanwhile stays, and a node that is gone needs none. */
export async function writeTaints(
  client: Client,
  node: Stored<Node>,
  taints: readonly Taint[],
): Promise<void> {
  try {
    await client.update(nodes, { ...node, spec: { ...node.spec, taints } })
  } catch (error) {
    if (isConflict(error)) {
      // Someone else wrote first: decide again over what is there now.
      const fresh = await client.get(nodes, node.metadata)
      const merged = mergeTaints(taintsOf(fresh), taintsOf(node), taints)
      await client.update(nodes, { ...fresh, spec: { ...fresh.spec, taints: merged } })
      return
    }
    if (!isNotFound(error)) throw error
  }
}

/** Carries our additions and removals over to taints that were changed meanwhile. */
function mergeTaints(
  fresh: readonly Taint[],
  before: readonly Taint[],
  after: readonly Taint[],
): readonly Taint[] {
  const same = (a: Taint) => (b: Taint) => a.key === b.key && a.effect === b.effect
  const removed = before.filter((taint) => !after.some(same(taint)))
  const added = after.filter((taint) => !before.some(same(taint)))
  const kept = fresh.filter((taint) => !removed.some(same(taint)))
  return [...kept, ...added.filter((taint) => !kept.some(same(taint)))]
}
