import type { NodeApi } from '#machinery'
import { serviceUnavailable } from '#machinery/status'

/** The nodes' own APIs, as the API server reaches them. */
export interface NodeConnections {
  /** Makes a node's own API known, until disposed, where it can be reached. */
  connect(name: string, api: NodeApi, isReachable: () => boolean): Disposable
  /** Throws `StatusError` (ServiceUnavailable) for a node that is not there or cut off. */
  find(name: string): NodeApi
}

interface NodeConnection {
  readonly api: NodeApi
  isReachable(): boolean
}

export function createNodeConnections(): NodeConnections {
  const connections = new Map<string, NodeConnection>()
  return {
    connect(name, api, isReachable) {
      const connection = { api, isReachable }
      connections.set(name, connection)
      // A node that has started again has a new connection by then.
      return {
        [Symbol.dispose]: () =>
          void (connections.get(name) === connection && connections.delete(name)),
      }
    },
    find(name) {
      const connection = connections.get(name)
      if (!connection?.isReachable()) throw serviceUnavailable(`the node ${name} cannot be reached`)
      return connection.api
    },
  }
}
