import type { FaultWorld } from '#lab'
import type { ImageWorld } from '#sim'
import type { SimNode } from '../sim-node/sim-node.ts'

/** In a simulation everything can be broken. */
export function simFaultWorld(nodes: ReadonlyMap<string, SimNode>, images: ImageWorld): FaultWorld {
  return {
    node: (name) => nodes.get(name),
    registries: { set: (host, condition) => images.setRegistry(host, condition) },
  }
}
