/** A place to reach: an IP address, or a host name to resolve. */
export interface DialTarget {
  readonly host: string
  readonly port: number
}

/** An HTTP request of a probe or a lifecycle hook. */
export interface DialHttpRequest extends DialTarget {
  readonly scheme: 'http' | 'https'
  /** Path with query, starting with a slash. */
  readonly path: string
  readonly method: 'GET' | 'POST' | 'HEAD'
  /** Sent as given, in this order; a repeated name is sent twice. `Host` replaces the host. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Milliseconds for connecting, headers and body together. */
  readonly timeoutMs: number
  /** The body is cut at this length. */
  readonly bodyLimitBytes: number
  /** `sameHost` stops at a redirect to another host and returns it; both stop after ten. */
  readonly redirects: 'follow' | 'sameHost'
}

/** What came of an HTTP request. */
export type HttpOutcome =
  | HttpAnswer
  | {
      readonly kind: 'failed'
      /** `body` when the headers had arrived: a prober's error rather than a failed probe. */
      readonly stage: 'connect' | 'headers' | 'body'
      /** As Go's net/http words it: `Get "http://10.0.0.3:80/": dial tcp 10.0.0.3:80: connect: connection refused`. */
      readonly message: string
    }

/** The answer to an HTTP request, with as much of its body as was asked for. */
export interface HttpAnswer {
  readonly kind: 'answered'
  readonly status: number
  /** Lower-case names. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** A request to open a TCP connection, and to close it again at once. */
export interface TcpRequest extends DialTarget {
  readonly timeoutMs: number
}

/** What came of an attempt to open a TCP connection. */
export type TcpOutcome =
  | { readonly kind: 'connected' }
  /** As Go words it: `dial tcp 10.0.0.3:80: i/o timeout`. */
  | { readonly kind: 'failed'; readonly message: string }

/** A request of the gRPC health checking protocol, as a gRPC probe sends it. */
export interface GrpcHealthRequest extends DialTarget {
  /** Empty asks for the server as a whole. */
  readonly service: string
  readonly userAgent: string
  readonly timeoutMs: number
}

/** `healthy` only for SERVING; `message` is the output of upstream's gRPC prober in either case. */
export interface GrpcHealthOutcome {
  readonly kind: 'healthy' | 'unhealthy'
  readonly message: string
}

/** A byte stream to a port. Disposing resets it. */
export interface DialedConnection extends AsyncDisposable {
  /** Ends when the peer closes its side; throws when it resets. */
  readonly incoming: AsyncIterable<Uint8Array>
  /** The other end speaks no TLS on any port, as on a network that simulates none. */
  readonly withoutTls?: true
  /** Resolves when the peer's window took the bytes (back-pressure). */
  write(bytes: Uint8Array, signal: AbortSignal): Promise<void>
  /** Closes our side; reading goes on. */
  end(): Promise<void>
}

/** What came of an attempt to open a byte stream to a port. */
export type ConnectOutcome =
  | { readonly kind: 'connected'; readonly connection: DialedConnection }
  | { readonly kind: 'failed'; readonly message: string }

/**
 * Reaches ports from the node, as the kubelet's probes and hooks do. A refused, unanswered or
 * broken exchange is an outcome; only the caller's abort rejects.
 */
export interface Dialer {
  http(request: DialHttpRequest, signal: AbortSignal): Promise<HttpOutcome>
  tcp(request: TcpRequest, signal: AbortSignal): Promise<TcpOutcome>
  grpcHealth(request: GrpcHealthRequest, signal: AbortSignal): Promise<GrpcHealthOutcome>
  connect(request: TcpRequest, signal: AbortSignal): Promise<ConnectOutcome>
}
