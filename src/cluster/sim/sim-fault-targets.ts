import type { FaultTargets } from '#lab'
import type { ImageWorld } from '#sim'
import type { SimNode } from '../sim-node/sim-node.ts'

/** Makes the nodes and registries of a simulation breakable: here everything is. */
export function simFaultTargets(
  nodes: ReadonlyMap<string, SimNode>,
  images: ImageWorld,
): FaultTargets {
  return {
    node: (name) => nodes.get(name),
    registries: { set: (host, condition) => images.setRegistry(host, condition) },
  }
}
