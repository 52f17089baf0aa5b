import { isNodeReady, nodes } from '#api'
import { KnarrError } from '#lib'
import type { SimCluster } from './sim-cluster.ts'

const readyLimitMs = 60_000

/** Advances time until every node is Ready, up to a limit. @throws KnarrError `NodesNotReady` */
export async function untilReady(
  { timeDriver, objects, nodes: machines }: SimCluster,
  limitMs = readyLimitMs,
): Promise<void> {
  const isReady = () => objects.list(nodes).filter(isNodeReady).length === machines.size
  if (await timeDriver.until(isReady, limitMs)) return
  throw new KnarrError('NodesNotReady', `not all nodes were Ready within ${limitMs / 1000} s`)
}
