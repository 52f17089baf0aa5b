import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { type Clock, KnarrError } from '#lib'
import {
  type Calls,
  calls,
  decodeEtcd,
  encodeEtcd,
  type WatchRequest,
  type WatchResponse,
} from './messages.ts'

/** How to reach a cluster of etcd. */
export interface EtcdEndpoints {
  /** `host:port` of each member, or `http(s)://host:port` as etcd's own tools take them. */
  readonly endpoints: readonly string[]
  /**
   * PEM files' contents; without `ca` the authorities of the system are trusted. Absent: plain text,
   * which etcd itself never offers by default to others.
   */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer }
}

export interface EtcdConnection {
  /** A call that may be repeated on another member when one is out of reach. */
  read<M extends keyof Calls>(
    method: M,
    request: Calls[M]['request'],
  ): Promise<Calls[M]['response']>
  /** A call that is made once: when the connection breaks, it may or may not have been carried out. */
  write<M extends keyof Calls>(
    method: M,
    request: Calls[M]['request'],
  ): Promise<Calls[M]['response']>
  watch(): WatchCall
  close(): void
}

export type WatchCall = ClientDuplexStream<WatchRequest, WatchResponse>

const timeoutMs = 10_000

export function connectEtcd({ endpoints, tls }: EtcdEndpoints, clock: Clock): EtcdConnection {
  const security = tls
    ? credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null)
    : credentials.createInsecure()
  const members = endpoints.map((endpoint) => clientOf(endpoint, security))
  let preferred = 0
  const client = () => members[preferred] as Client

  const call = async <M extends keyof Calls>(method: M, request: object, attempts: number) => {
    for (let left = attempts; ; left--) {
      try {
        return await unary<Calls[M]['response']>(client(), method, request, clock.wallMs())
      } catch (error) {
        if (!isUnavailable(error)) throw error
        preferred = (preferred + 1) % members.length
        if (left <= 1) throw unavailable(endpoints, error)
      }
    }
  }
  return {
    read: (method, request) => call(method, request, members.length),
    write: (method, request) => call(method, request, 1),
    watch: () =>
      client().makeBidiStreamRequest<WatchRequest, WatchResponse>(
        calls.Watch.path,
        (request) => encodeEtcd(calls.Watch.request, request),
        (bytes) => decodeEtcd<WatchResponse>(calls.Watch.response, bytes),
      ),
    close() {
      for (const member of members) member.close()
    },
  }
}

/** The gRPC status of an error, if it is one. */
export function etcdStatusOf(error: unknown): status | undefined {
  return error instanceof Error && 'code' in error && 'details' in error
    ? (error.code as status)
    : undefined
}

/** The connection, not the request, is at fault. */
export function isUnavailable(error: unknown): error is ServiceError {
  const code = etcdStatusOf(error)
  return code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED
}

export function unavailable(endpoints: readonly string[], cause: ServiceError): KnarrError {
  return new KnarrError(
    'StoreUnavailable',
    `etcd does not answer at ${endpoints.join(', ')}: ${cause.details}`,
    { hint: 'Check that a majority of its members runs and can be reached.', cause },
  )
}

function clientOf(endpoint: string, security: ChannelCredentials): Client {
  return new Client(endpoint.replace(/^https?:\/\//, ''), security, {
    // A range may be as large as the cluster; etcd has limited each value when it was put.
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.enable_retries': 0,
  })
}

const identity = (bytes: Buffer): Buffer => bytes

function unary<T>(client: Client, method: keyof Calls, request: object, nowMs: number): Promise<T> {
  const { path, request: requestType, response: responseType } = calls[method]
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null, response?: Buffer) => {
      if (error) reject(error)
      else resolve(decodeEtcd<T>(responseType, response ?? Buffer.alloc(0)))
    }
    const bytes = encodeEtcd(requestType, request)
    client.makeUnaryRequest(path, identity, identity, bytes, { deadline: nowMs + timeoutMs }, done)
  })
}
