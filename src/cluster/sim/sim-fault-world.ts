import type { ImageWorld } from '#sim'
import type { FaultWorld } from '../faults/fault-world.ts'
import type { SimNode } from './sim-node.ts'

/** In a simulation everything can be broken. */
export function simFaultWorld(nodes: ReadonlyMap<string, SimNode>, images: ImageWorld): FaultWorld {
  return {
    node: (name) => nodes.get(name),
    registries: { set: (host, condition) => images.setRegistry(host, condition) },
  }
}
