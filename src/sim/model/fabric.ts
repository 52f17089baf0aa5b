/**
 * The fabric is the network that all simulated nodes share: it knows which network stack stands at which
 * address. Runtimes attach the sandboxes they make; probes, hooks and clients find them here. Nothing on
 * it takes time of its own: whoever answers waits on the Clock.
 */
export interface Fabric {
  /** Puts a stack at an address until disposed. Two at one address are an error. */
  attach(ip: string, stack: NetworkStack): Disposable
  at(ip: string): NetworkStack | undefined
}

/** One network namespace: a pod's sandbox, or a node itself. */
export interface NetworkStack {
  readonly node: string
  /** Absent on the node's own stack. */
  readonly podUid?: string
  /** Which pod it is, to whoever tells of it. */
  readonly pod?: { readonly namespace: string; readonly name: string }
  /** The labels of the pod, by which faults may pick it. */
  readonly labels?: Readonly<Record<string, string>>
  /**
   * What listens on a port at this instant; undefined: the connection is refused. `address` is the one
   * that was asked: a node has several, and its ports may be those of one alone.
   */
  listener(port: number, address: string, transport?: TransportProtocol): Listener | undefined
}

/** What carries a connection; TCP unless it is said. */
export type TransportProtocol = 'tcp' | 'udp'

/** What a name server says to one question. */
export interface NameReply {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL'
  /** The texts of the records of the type that was asked for. */
  readonly records: readonly string[]
  /** The aliases on the way, each with the name that it stands for. */
  readonly aliases?: readonly (readonly [alias: string, name: string])[]
  /** The name that its aliases lead to. */
  readonly name: string
  /** How long it took, in milliseconds. */
  readonly tookMs: number
}

/** Answers one question; undefined: it says nothing. */
export type AnswerName = (name: string, type: string) => NameReply | undefined

/** A process that listens. */
export interface Listener {
  /** `namespace/pod/container`, for logs. */
  readonly owner: string
  /** Answers questions for names, where it is a name server. */
  readonly answerName?: AnswerName
  /**
   * Answers one request when the process is done with it. Rejects with `ConnectionReset` when the
   * process ends first, with the signal's reason when the asker gives up.
   */
  answer(request: NetworkRequest, signal: AbortSignal): Promise<NetworkResponse>
}

/** A request as it arrives. */
export type NetworkRequest =
  | {
      readonly protocol: 'http'
      readonly method: string
      /** With its query. */
      readonly path: string
      readonly headers: readonly (readonly [name: string, value: string])[]
      readonly body?: Uint8Array
      /** It is to go over TLS, which is said and not simulated. */
      readonly isSecure?: true
      readonly fromIp: string
    }
  /** The gRPC health protocol's Check. */
  | { readonly protocol: 'grpc'; readonly service: string; readonly fromIp: string }
  /** A datagram; whoever does not answer it says nothing. */
  | { readonly protocol: 'udp'; readonly data: string; readonly fromIp: string }

/** A status of 0 stands for a server that speaks no HTTP. For gRPC 200 is SERVING, 503 is not. */
export interface NetworkResponse {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** The peer's process ended while the connection was open. */
export class ConnectionReset extends Error {
  override readonly name = 'ConnectionReset'
  constructor() {
    super('connection reset by peer')
  }
}
