import type { SimFabric } from '#sim'

/**
 * Where the API server stands on the simulated network: before the first node's address. It is the
 * same wherever the API is served for those outside, so that a simulation goes the same everywhere.
 */
export const apiPlace = { address: '172.16.0.1', port: 6443 } as const

const refusal = 'Client sent an HTTP request to an HTTPS server.\n'

/**
 * Lets pods connect to the API server, as long as the network is there. TLS is not simulated:
 * requests are answered as those without it are.
 */
export function withApi(fabric: SimFabric): SimFabric {
  const { address, port } = apiPlace
  const answer = async () => ({ status: 400, headers: [], body: Buffer.from(refusal) })
  fabric.attach(address, {
    node: 'api-server',
    listener: (asked) => (asked === port ? { owner: 'api-server', answer } : undefined),
  })
  return fabric
}
