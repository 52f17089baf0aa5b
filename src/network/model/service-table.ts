/** Transport protocols that a Service port may have. */
export type Protocol = 'TCP' | 'UDP' | 'SCTP'

/** One address behind a Service port. */
export interface ServiceEndpoint {
  readonly ip: string
  readonly port: number
  /** Whether the pod runs on the node that this table is for. */
  readonly local: boolean
}

/** How outside traffic (node port, external and load-balancer addresses) or inside traffic picks endpoints. */
export type TrafficPolicy = 'Cluster' | 'Local'

/**
 * One port of one Service in one address family, with every decision already taken: which
 * endpoints get traffic (ready, or the serving terminating ones when none is ready; topology) is
 * the proxy's business, not the network's.
 */
export interface ServicePort {
  /** `namespace/name:port`, with the family appended for the second one; unique in the table. */
  readonly name: string
  readonly protocol: Protocol
  readonly port: number
  readonly clusterIp: string
  readonly externalIps: readonly string[]
  /** Load-balancer ingress addresses that the node itself is to answer (`ipMode: VIP`). */
  readonly loadBalancerIps: readonly string[]
  /** CIDRs allowed to use the load-balancer addresses; empty allows all. */
  readonly sourceRanges: readonly string[]
  readonly nodePort?: number
  /** Session affinity by client address, with its time-out. */
  readonly affinitySeconds?: number
  readonly internalTrafficPolicy: TrafficPolicy
  readonly externalTrafficPolicy: TrafficPolicy
  /** Receives traffic under policy Cluster. */
  readonly clusterEndpoints: readonly ServiceEndpoint[]
  /** Receives traffic under policy Local. */
  readonly localEndpoints: readonly ServiceEndpoint[]
  /**
   * True when some endpoint anywhere could serve: traffic that finds none under a Local policy is
   * then dropped (another node may answer) instead of rejected.
   */
  readonly hasEndpoints: boolean
}

/** What a load balancer may ask a node about a Service with external policy Local. */
export interface ServiceHealthCheck {
  readonly namespace: string
  readonly name: string
  /** `spec.healthCheckNodePort`. */
  readonly port: number
  readonly localEndpoints: number
}

/**
 * Everything a node must route, as plain data in a fixed order (by name), so that equal inputs give
 * equal tables.
 */
export interface ServiceTable {
  readonly ports: readonly ServicePort[]
  readonly healthChecks: readonly ServiceHealthCheck[]
}

/** The table of a node that routes no Service. */
export const emptyServiceTable: ServiceTable = Object.freeze({
  ports: Object.freeze([]),
  healthChecks: Object.freeze([]),
})
