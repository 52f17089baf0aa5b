import { type NodeApi, serviceUnavailable } from '#machinery'

/** The nodes' own APIs, as the API server reaches them. */
export interface NodeDoors {
  /** Makes a node's own API known, until disposed, where it can be reached. */
  connect(name: string, api: NodeApi, isReachable: () => boolean): Disposable
  /** Throws `StatusError` (ServiceUnavailable) for a node that is not there or cut off. */
  find(name: string): NodeApi
}

interface Door {
  readonly api: NodeApi
  isReachable(): boolean
}

export function createNodeDoors(): NodeDoors {
  const doors = new Map<string, Door>()
  return {
    connect(name, api, isReachable) {
      const door = { api, isReachable }
      doors.set(name, door)
      // A node that has started again has a new door by then.
      return { [Symbol.dispose]: () => void (doors.get(name) === door && doors.delete(name)) }
    },
    find(name) {
      const door = doors.get(name)
      if (!door?.isReachable()) throw serviceUnavailable(`the node ${name} cannot be reached`)
      return door.api
    },
  }
}
