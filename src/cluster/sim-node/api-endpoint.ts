import type { PartitionDirection } from '#api'
import type { SimFabric } from '#sim'

/**
 * The endpoint of the API server on the simulated network, just before the first node's address. It
 * does not depend on where the API is served for clients outside, so that a simulation goes the same
 * everywhere.
 */
export const apiEndpoint = { address: '172.16.0.1', port: 6443 } as const

/** The node name under which the API server is attached; no node can have it. */
const apiNodeName = 'API'

const refusal = 'Client sent an HTTP request to an HTTPS server.\n'

/**
 * Lets pods connect to the API server, as long as the network is there. TLS is not simulated:
 * requests are answered as those without it are.
 */
export function withApi(fabric: SimFabric): SimFabric {
  const { address, port } = apiEndpoint
  const answer = async () => ({ status: 400, headers: [], body: Buffer.from(refusal) })
  fabric.attach(address, {
    node: apiNodeName,
    listener: (asked) => (asked === port ? { owner: 'api-server', answer } : undefined),
  })
  return fabric
}

/** Cuts the pods of a partitioned node off from the API server too, for they are on the same machine. */
export function partitionFromApi(
  fabric: SimFabric,
  node: string,
  direction: PartitionDirection | undefined,
): void {
  fabric.heal(node, apiNodeName)
  if (direction === undefined) return
  const ways = { Both: 'both', ToServer: 'forth', FromServer: 'back' } as const
  fabric.cut(node, apiNodeName, ways[direction])
}
