import type { NameServer } from '#dns'
import type { Dialer } from './dialer.ts'
import type { PolicyTable } from './policy-table.ts'
import type { ServiceTable } from './service-table.ts'

/** How pods of this cluster resolve names. */
export interface ClusterDns {
  /** `cluster.local`. */
  readonly domain: string
  /** Addresses of the cluster's DNS service; empty when the cluster has none. */
  readonly addresses: readonly string[]
}

/** Whether the node routes Services. */
export type NetworkStatus =
  | { readonly kind: 'ready' }
  | { readonly kind: 'notReady'; readonly reason: string; readonly message: string }

/**
 * The network of one node: routing of Services, and reaching pods from the node. Disposing removes
 * what was programmed; a process that dies instead leaves the node routing until the next `program`.
 */
export interface RoutingNetwork extends AsyncDisposable {
  readonly dns: ClusterDns
  readonly dial: Dialer
  /** Answers the cluster's names on this node; absent where the cluster has no DNS of its own. */
  readonly nameServer?: NameServer
  /**
   * Makes the node route exactly this table, in one atomic step. Established connections stay where
   * they are, except UDP flows to endpoints that are gone. Calls are serialised; a failed one leaves
   * the old table in force and rejects.
   */
  program(table: ServiceTable, signal: AbortSignal): Promise<void>
  status(signal: AbortSignal): Promise<NetworkStatus>
}

/** The network of one node, which lets its pods reach only whom they may. */
export interface Network extends RoutingNetwork {
  /**
   * Makes the node restrict its pods exactly as this table says, in one atomic step. What a connection's
   * opener sends is judged for as long as the connection lasts, what is answered to it is not: a policy
   * that comes later ends what it forbids. Calls are serialised; a failed one leaves the old table in
   * force and rejects.
   */
  restrict(table: PolicyTable, signal: AbortSignal): Promise<void>
}
