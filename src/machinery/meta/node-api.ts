import type { ByteStream, StreamSession } from '#lib'

/** One container of one pod, as a request to its node names it. */
export interface ContainerAddress {
  readonly namespace: string
  readonly pod: string
  readonly podUid?: string
  readonly container: string
}

/** The options of reading a log (core/v1 PodLogOptions) after defaulting. */
export interface LogOptions {
  readonly follow?: boolean
  readonly previous?: boolean
  readonly sinceSeconds?: number
  readonly sinceTime?: string
  readonly timestamps?: boolean
  readonly tailLines?: number
  readonly limitBytes?: number
  readonly stream?: 'All' | 'Stdout' | 'Stderr'
}

/** The options of `exec` and `attach` (core/v1 PodExecOptions) after defaulting. */
export interface ExecOptions {
  readonly command: readonly string[]
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/**
 * What a node does for the API server on a user's behalf: the kubelet's own API. In one process it
 * is the kubelet itself; to another machine it is a connection. Methods throw `StatusError`.
 */
export interface NodeApi {
  logs(
    address: ContainerAddress,
    options: LogOptions,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>
  exec(address: ContainerAddress, options: ExecOptions, signal: AbortSignal): Promise<StreamSession>
  attach(
    address: ContainerAddress,
    options: Omit<ExecOptions, 'command'>,
    signal: AbortSignal,
  ): Promise<StreamSession>
  portForward(
    pod: Omit<ContainerAddress, 'container'>,
    port: number,
    signal: AbortSignal,
  ): Promise<ByteStream>
  /** A connection from the node to an address of a pod or an endpoint. */
  connect(
    target: { readonly host: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<ByteStream>
  /** GET of a path that the kubelet itself serves: `/healthz`, `/pods`. */
  request(path: string, signal: AbortSignal): Promise<NodeAnswer>
  /** The `/stats/summary` document. */
  stats(signal: AbortSignal): Promise<unknown>
}

/** What a node answers to a request that the API server hands on: a status and bytes of some media type. */
export interface NodeAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
}

/**
 * The API server's way to its nodes: finds a node's API by the Node's name. Rejects with `StatusError`
 * 503 when the node cannot be reached.
 *
 * In one process the answer is the kubelet's own `NodeApi`. For a node on another machine it must be
 * a connection to that kubelet's port (the Node's `status.addresses` and
 * `status.daemonEndpoints.kubeletEndpoint`), which proves the kubelet by its serving certificate, shows
 * the API server's client certificate, and sends each method as the kubelet's path for it
 * (`/containerLogs`, `/exec`, `/attach`, `/portForward`, `/stats/summary`). It ends what it has begun
 * when `signal` aborts, hands on the kubelet's own errors as `StatusError`, and rejects within the time
 * that upstream's dialer waits (30 s) instead of waiting for a node that is gone.
 */
export type NodeConnector = (nodeName: string, signal: AbortSignal) => Promise<NodeApi>
