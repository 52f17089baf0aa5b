import type { ByteStream, StreamSession } from '#lib'

/** One container of one pod, as a request to its node names it. */
export interface ContainerAddress {
  readonly namespace: string
  readonly pod: string
  readonly podUid?: string
  readonly container: string
}

/** core/v1 PodLogOptions after defaulting. */
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

export interface NodeAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
}

/** Finds the API of a node by the Node's name; rejects with `StatusError` when it is unreachable. */
export type NodeConnector = (nodeName: string, signal: AbortSignal) => Promise<NodeApi>
