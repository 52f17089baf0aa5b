import type { Duplex } from 'node:stream'
import type { ByteStream, StreamSession } from '#lib'
import type { ApiRequest, ApiResponse, ExecOptions } from '#machinery'

/** What a request to a connect subresource came to, before anything is said on the wire. */
export type Connection =
  /** An answer like any other: a refusal, or a body of unknown length. */
  | { readonly kind: 'response'; readonly response: ApiResponse }
  /** A command that runs (exec), or a container's own streams (attach). */
  | {
      readonly kind: 'command'
      readonly session: StreamSession
      /** Which streams the client asked for; `command` is empty for attach. */
      readonly options: ExecOptions
    }
  | { readonly kind: 'portForward'; readonly ports: PortForwarding }
  | UpgradedConnection

/** What a proxied request names has left HTTP already; the client is to follow. */
export interface UpgradedConnection {
  readonly kind: 'upgraded'
  /** Of the answer: names and values in turn. */
  readonly headers: readonly string[]
  readonly stream: Duplex
  /** What was said behind the answer. */
  readonly first: Buffer
}

/** The ports of a pod, each connection of which is opened when it is asked for. */
export interface PortForwarding {
  /** The pod, as messages name it. */
  readonly pod: { readonly name: string; readonly uid: string }
  /** Ports named in the query, as WebSocket clients without the tunnel do. */
  readonly requested: readonly number[]
  open(port: number, signal: AbortSignal): Promise<ByteStream>
}

/**
 * Serves requests that take over their connection. Passes the same stages as `ApiHandler` and never
 * throws; the caller speaks the protocol that the client asked for.
 */
export type ConnectHandler = (request: ApiRequest, signal: AbortSignal) => Promise<Connection>
