import type { ServiceEndpoint, ServicePort, ServiceTable } from '#network'

interface Remembered {
  readonly endpoint: string
  readonly untilMs: number
}

/** Which endpoint a client has of a Service port with session affinity. */
export interface Affinity {
  /** The client's endpoint, if it is one of these and its time is not up. */
  recall(port: ServicePort, client: string, nowMs: number): ServiceEndpoint | undefined
  remember(port: ServicePort, client: string, endpoint: ServiceEndpoint, nowMs: number): void
  /** Forgets the clients of endpoints that a table does not have. */
  keepOnly(table: ServiceTable): void
}

export function createAffinity(): Affinity {
  const ports = new Map<string, Map<string, Remembered>>()
  return {
    recall: (port, client, nowMs) => {
      const known = ports.get(port.name)?.get(client)
      if (known === undefined || known.untilMs <= nowMs) return undefined
      return endpointsOf(port).find((endpoint) => keyOf(endpoint) === known.endpoint)
    },
    remember: (port, client, endpoint, nowMs) => {
      const clients = ports.get(port.name) ?? new Map<string, Remembered>()
      ports.set(port.name, clients)
      const untilMs = nowMs + (port.affinitySeconds ?? 0) * 1000
      clients.set(client, { endpoint: keyOf(endpoint), untilMs })
    },
    keepOnly: (table) => {
      if (ports.size === 0) return
      const present = new Map(table.ports.map((port) => [port.name, port]))
      for (const [name, clients] of ports) {
        const port = present.get(name)
        if (port?.affinitySeconds === undefined) ports.delete(name)
        else forgetGone(clients, new Set(endpointsOf(port).map(keyOf)))
      }
    },
  }
}

function forgetGone(clients: Map<string, Remembered>, present: ReadonlySet<string>): void {
  for (const [client, { endpoint }] of clients) {
    if (!present.has(endpoint)) clients.delete(client)
  }
}

const endpointsOf = (port: ServicePort) => [...port.clusterEndpoints, ...port.localEndpoints]
const keyOf = ({ ip, port }: ServiceEndpoint): string => `${ip} ${port}`
