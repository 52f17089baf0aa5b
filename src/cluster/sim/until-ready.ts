import { isNodeReady, nodes } from '#api'
import { KnarrError } from '#lib'
import type { SimCluster } from './sim-cluster.ts'

const readyLimitMs = 60_000

/** Advances time until every node is Ready, by a minute at most. @throws KnarrError `NodesNotReady` */
export async function untilReady({
  timeDriver,
  objects,
  nodes: machines,
}: SimCluster): Promise<void> {
  const isReady = () => objects.list(nodes).filter(isNodeReady).length === machines.size
  if (await timeDriver.until(isReady, readyLimitMs)) return
  throw new KnarrError('NodesNotReady', `not all nodes were Ready within ${readyLimitMs / 1000} s`)
}
