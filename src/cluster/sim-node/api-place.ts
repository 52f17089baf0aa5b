import type { PartitionDirection } from '#api'
import type { SimFabric } from '#sim'

/**
 * Where the API server stands on the simulated network: before the first node's address. It is the
 * same wherever the API is served for those outside, so that a simulation goes the same everywhere.
 */
export const apiPlace = { address: '172.16.0.1', port: 6443 } as const

/** Its place among those of nodes; no node can have this name. */
const place = 'API'

const refusal = 'Client sent an HTTP request to an HTTPS server.\n'

/**
 * Lets pods connect to the API server, as long as the network is there. TLS is not simulated:
 * requests are answered as those without it are.
 */
export function withApi(fabric: SimFabric): SimFabric {
  const { address, port } = apiPlace
  const answer = async () => ({ status: 400, headers: [], body: Buffer.from(refusal) })
  fabric.attach(address, {
    node: place,
    listener: (asked) => (asked === port ? { owner: 'api-server', answer } : undefined),
  })
  return fabric
}

/** What pods of a node that is partitioned see of that: they come from the same machine. */
export function partitionFromApi(
  fabric: SimFabric,
  node: string,
  direction: PartitionDirection | undefined,
): void {
  fabric.heal(node, place)
  if (direction === undefined) return
  const ways = { Both: 'both', ToServer: 'forth', FromServer: 'back' } as const
  fabric.cut(node, place, ways[direction])
}
