import { type Point, restoreSnapshot } from '#lab/snapshots'
import type { SimClusterOptions } from './options.ts'
import {
  createSimCluster,
  type SimCluster,
  type SimClusterWorld,
  type WarmState,
} from './sim-cluster.ts'

/**
 * Makes a new simulated cluster from a snapshot, or from a point of its past; the original goes on
 * by itself.
 * @throws KnarrError `BadSnapshot`, `NoSuchPoint`
 */
export function restoreSimCluster(
  file: Uint8Array,
  world: SimClusterWorld,
  to?: Point,
): Promise<SimCluster> {
  const create = (options: SimClusterOptions, state?: WarmState) =>
    createSimCluster(options, world, state)
  return restoreSnapshot(file, create, to)
}
