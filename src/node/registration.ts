import { type Client, createClient, type Transport } from '#client'
import type { NodeApi, UserInfo } from '#machinery'
import type { NodeLink } from './faults/node-link.ts'

/** How a component of a node reaches the API server, and as whom. */
export interface ApiAccess {
  /** In this process, or over HTTPS with the component's client certificate. */
  readonly transport: Transport
  /** Who asks, for a transport in this process; over HTTPS the client certificate says it. */
  readonly user?: UserInfo
}

/** What makes a machine a node of a cluster: its name there, its access, and the way back to it. */
export interface NodeRegistration {
  /** The Node object's name; the kubelet acts as `system:node:NAME` in `system:nodes`. */
  readonly name: string
  readonly kubelet: ApiAccess
  /** As `system:kube-proxy`. */
  readonly proxy: ApiAccess
  /**
   * Lets the API server reach the kubelet's own API (logs, exec, port-forward) until the answer is
   * disposed, whenever `isReachable` says so. In one process it hands `api` to the connections of
   * the control plane; on another machine it listens for what that machine's `NodeApi` sends.
   */
  serve(api: NodeApi, isReachable: () => boolean): Disposable
}

export interface ComponentOptions {
  readonly userAgent: string
  readonly link: NodeLink | undefined
  /** Ends every request of the component. */
  readonly signal: AbortSignal
}

/** The client of a component; what it asks goes over the node's link. */
export function clientOf(
  { transport, user }: ApiAccess,
  { userAgent, link, signal }: ComponentOptions,
): Client {
  const reached = link ? link.over(transport) : transport
  return createClient(reached, { userAgent, signal, ...(user ? { user } : {}) })
}
