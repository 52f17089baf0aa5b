import type { FaultWorld } from '#lab'
import type { ImageWorld } from '#sim'
import type { SimNode } from '../sim-node/sim-node.ts'

/** Makes the nodes and registries of a simulation breakable: here everything is. */
export function simFaultWorld(nodes: ReadonlyMap<string, SimNode>, images: ImageWorld): FaultWorld {
  return {
    node: (name) => nodes.get(name),
    registries: { set: (host, condition) => images.setRegistry(host, condition) },
  }
}
