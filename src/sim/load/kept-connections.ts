import type { OpenConnection } from '../network/connection.ts'

/**
 * Connections that clients keep alive between requests, one request at a time on each. They lead to where they
 * were opened, whatever Services say by then, until the server ends or a request fails on them.
 */
export interface KeptConnections {
  /** Takes an idle connection of the client whose turn it is; undefined when it has to open one. */
  take(serial: number): OpenConnection | undefined
  /** Keeps the connection of a request that was answered. */
  keep(serial: number, connection: OpenConnection): void
}

/** Makes the connections of so many clients, who take turns. */
export function createKeptConnections(clients: number): KeptConnections {
  const idle = Array.from({ length: clients }, (): OpenConnection[] => [])
  const of = (serial: number) => idle[serial % clients]
  return {
    take(serial) {
      for (let kept = of(serial)?.pop(); kept; kept = of(serial)?.pop()) {
        // While packets travel, a client sees that its server has closed; when they do not, it sees nothing.
        if (!kept.isUp()) return kept
        const listener = kept.current()
        if (listener) return { ...kept, listener }
      }
      return undefined
    },
    keep: (serial, connection) => void of(serial)?.push(connection),
  }
}
