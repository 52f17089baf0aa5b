import type { PathHandler } from '#apiserver'
import type { SimNode } from '../sim-node/sim-node.ts'

/** What the containers of a simulation have computed: `{"pods": {"default/web": 12000}}`, in steps of scripts. */
const computedPath = '/knarr/v1/computed'

/** Serves how much each pod has computed, which is what a simulation's own time goes into. */
export function computedPaths(
  nodes: ReadonlyMap<string, Pick<SimNode, 'computed'>>,
): ReadonlyMap<string, PathHandler> {
  const handler: PathHandler = async () => {
    const pods: Record<string, number> = {}
    for (const node of nodes.values()) {
      for (const [pod, steps] of node.computed()) pods[pod] = (pods[pod] ?? 0) + steps
    }
    const bytes = Buffer.from(`${JSON.stringify({ pods })}\n`)
    const body = { kind: 'bytes', contentType: 'application/json', bytes } as const
    return { status: 200, headers: {}, body }
  }
  return new Map([[computedPath, handler]])
}
