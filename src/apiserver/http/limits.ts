import type { ConnectionLimits } from './open-connections.ts'
import { maxBodyBytes } from './request-body.ts'

/** What clients may take of a server, each of them and all together. */
export interface HttpLimits extends ConnectionLimits {
  readonly bodyBytes: number
  /** What the bodies of all requests may take of the memory at the same time. */
  readonly allBodiesBytes: number
  readonly headerBytes: number
  /** How long a client may take for TLS, and for the head of a request. */
  readonly handshakeTimeoutMs: number
  readonly headersTimeoutMs: number
  /** How long a request may take until its answer begins (upstream: `--request-timeout`). */
  readonly requestTimeoutMs: number
  /** How long a client may take nothing of its answer. */
  readonly stallTimeoutMs: number
  /** How long a body that nobody wants may go on. */
  readonly lingerMs: number
  /** Requests at once on one connection of HTTP/2. */
  readonly streams: number
  /** How long requests may go on once the server stops. */
  readonly drainMs: number
}

/** The limits of a server that is given none; where upstream has the same, its values. */
export const httpLimits: HttpLimits = Object.freeze({
  bodyBytes: maxBodyBytes,
  allBodiesBytes: 192 * 1024 * 1024,
  headerBytes: 64 * 1024,
  handshakeTimeoutMs: 10_000,
  headersTimeoutMs: 32_000,
  idleTimeoutMs: 90_000,
  requestTimeoutMs: 60_000,
  stallTimeoutMs: 60_000,
  lingerMs: 2_000,
  connections: 8_192,
  unknownConnections: 1_024,
  streams: 100,
  drainMs: 5_000,
})
