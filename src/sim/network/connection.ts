import type { Clock, Random } from '#lib'
import {
  ConnectionReset,
  type Listener,
  type NetworkRequest,
  type NetworkResponse,
  type TransportProtocol,
} from '../model/fabric.ts'
import { checksAt, departureChecks, type PolicyCheck } from '../policies/restriction.ts'
import type { SimFabric } from './create-fabric.ts'
import { createLink, type Link } from './link.ts'
import { type Origin, ofFamily } from './route.ts'
import type { Router } from './router.ts'
import type { Asked } from './service-index.ts'

/** The outcome of an attempt to connect. */
export type ConnectionAttempt =
  | OpenConnection
  | {
      readonly kind: 'refused' | 'noRoute' | 'unreachable' | 'silent'
      readonly at?: ConnectionEndpoint
    }

/** A connection to a process that listens. */
export interface OpenConnection {
  readonly kind: 'open'
  readonly at: ConnectionEndpoint
  readonly listener: Listener
  /** What listens there later; undefined once the process has ended. */
  readonly current: () => Listener | undefined
  /** The address that the server sees. */
  readonly fromIp: string
  /** Whether packets still travel both ways. */
  readonly isUp: () => boolean
  /** What faults do to its packets. */
  readonly link: Link
}

/** The endpoint that a connection led to after Services were translated. */
export interface ConnectionEndpoint {
  readonly ip: string
  readonly port: number
  /** Absent when nothing stands at the address, or a node does. */
  readonly podUid?: string
}

/** What connections are opened with: the fabric, and the routing of the node that they start on. */
export interface ConnectionContext {
  readonly fabric: SimFabric
  readonly clock: Clock
  /** The routing of the node that the connection starts on; absent for clients outside. */
  readonly router: Router | undefined
  /** That node's own addresses. */
  readonly nodeIps: readonly string[]
  /** Which packets faults lose. */
  readonly random: Random
}

/** Opens a connection: through the node's table, over the fabric, to what listens there now. */
export function connect(
  context: ConnectionContext,
  client: Origin,
  { ip, port, transport }: Asked,
): ConnectionAttempt {
  const { fabric, router } = context
  const isLoopback = ip === '::1' || ip.startsWith('127.')
  const origin = isLoopback ? client : ofFamily(client, ip)
  // Without an address of a family there is no route to any other.
  if (origin === undefined) return { kind: 'unreachable' }
  const isOwn = context.nodeIps.includes(ip) || (isLoopback && origin.kind === 'node')
  const target = { ip: isLoopback ? origin.ip : ip, port, transport, isOwn, asked: ip }
  const start: Path = { origin, sentFrom: origin.ip, nodes: [origin.node], checks: [] }
  if (isLoopback && origin.kind !== 'node') return deliver(context, start, target)
  const first = router?.choose(origin, target) ?? { kind: 'direct' }
  const sentTo = first.kind === 'endpoint' ? { ...first.endpoint, transport } : target
  const path: Path = { ...start, checks: departureChecks(router, origin.ip, { target, sentTo }) }
  if (first.kind !== 'direct') return follow(context, first, path, transport)
  const other = fabric.routerAt(target.ip)
  if (other === undefined || other === router) return deliver(context, path, target)
  if (!isPassable(fabric, [origin.node, other.node])) return { kind: 'silent' }
  const second = other.choose(origin, { ...target, isOwn: true })
  if (second.kind === 'direct') return deliver(context, path, target)
  return follow(context, second, { ...path, nodes: [origin.node, other.node] }, transport)
}

/** How a connection has come to where it is. */
interface Path {
  readonly origin: Origin
  /** The address that whoever comes next takes it to be from. */
  readonly sentFrom: string
  /** The nodes that its packets have passed, in order. */
  readonly nodes: readonly string[]
  /** What must let it pass, now and later. */
  readonly checks: readonly PolicyCheck[]
}

type Decided = Exclude<ReturnType<Router['choose']>, { readonly kind: 'direct' }>

function follow(
  context: ConnectionContext,
  hop: Decided,
  path: Path,
  transport: TransportProtocol,
): ConnectionAttempt {
  switch (hop.kind) {
    case 'reject':
      return { kind: 'refused' }
    case 'drop':
      return { kind: 'silent' }
    case 'endpoint':
      return deliver(context, { ...path, sentFrom: hop.fromIp }, { ...hop.endpoint, transport })
  }
}

function deliver(
  { fabric, clock, random }: ConnectionContext,
  { origin, sentFrom, nodes, checks }: Path,
  to: Asked & { readonly asked?: string },
): ConnectionAttempt {
  const { ip, port, transport, asked = ip } = to
  const stack = fabric.at(ip)
  const endpoint: ConnectionEndpoint = {
    ip,
    port,
    ...(stack?.podUid !== undefined && { podUid: stack.podUid }),
  }
  const last = stack?.node ?? fabric.nodeOf(ip)
  // A node judges what it sends on before it puts its own address on it.
  const seenFrom = nodes.at(-1) === last ? origin.ip : sentFrom
  const receiver = last === undefined ? undefined : fabric.routerOf(last)
  const allChecks = [...checks, ...checksAt(receiver, seenFrom, to)]
  if (!allChecks.every((check) => check.passes('first'))) return { kind: 'silent', at: endpoint }
  // Packets to an address that nobody ever had leave the cluster and are never heard of again.
  if (last === undefined) return { kind: 'silent', at: endpoint }
  const path = [...nodes, last]
  if (!isPassable(fabric, path)) return { kind: 'silent', at: endpoint }
  const router = fabric.routerAt(ip)
  if (stack === undefined && router === undefined) return { kind: 'noRoute', at: endpoint }
  const current = () =>
    fabric.at(ip)?.listener(port, asked, transport) ?? router?.ownListener(port, transport)
  const listener = current()
  if (listener === undefined) return { kind: 'refused', at: endpoint }
  const isUp = () => isPassable(fabric, path) && allChecks.every((check) => check.passes())
  const ends = { nodes: path, from: fabric.at(origin.ip), to: stack }
  const link = createLink({ quality: () => fabric.qualityOf(ends), clock, random })
  return { kind: 'open', at: endpoint, listener, current, fromIp: sentFrom, isUp, link }
}

function isPassable(fabric: SimFabric, path: readonly string[]): boolean {
  return path.every((node, index) => {
    const next = path[index + 1] ?? node
    return fabric.reachable(node, next) && fabric.reachable(next, node)
  })
}

/** A time limit, or whatever else ends a request early; `Deadline` of the dialer is one. */
export interface Limit {
  readonly signal: AbortSignal
}

export type Exchange =
  | { readonly kind: 'answered'; readonly response: NetworkResponse }
  | {
      readonly kind: 'failed'
      readonly stage: 'connect' | 'headers'
      /** `timeout` whenever the limit ended it. */
      readonly why: 'refused' | 'noRoute' | 'unreachable' | 'reset' | 'timeout'
    }

/** How long a neighbour is looked for before the kernel says that there is none. */
const neighbourMs = 3000

type Unsigned<R> = R extends NetworkRequest ? Omit<R, 'fromIp'> : never

/** A request before it is sent: the connection adds the address of its sender. */
export type UnsentRequest = Unsigned<NetworkRequest>

/** One request over a connection. The caller looks whether it was its own signal that ended it. */
export async function exchange(
  connection: ConnectionAttempt,
  request: UnsentRequest,
  clock: Clock,
  { signal }: Limit,
): Promise<Exchange> {
  if (connection.kind !== 'open') {
    const why = await awaitConnectFailure(connection.kind, clock, signal)
    return { kind: 'failed', stage: 'connect', why }
  }
  let stage: 'connect' | 'headers' = 'connect'
  const failed = (why: 'reset' | 'timeout') => ({ kind: 'failed', stage, why }) as const
  try {
    const opening = openLink(connection, request, clock, signal)
    if (typeof opening === 'object') await opening
    stage = 'headers'
    if (opening !== 'lost') {
      const response = await answerOver(connection, request, signal)
      if (connection.isUp()) return { kind: 'answered', response }
    }
  } catch (error) {
    if (signal.aborted) return failed('timeout')
    if (!(error instanceof ConnectionReset)) throw error
    if (connection.isUp()) return failed('reset')
  }
  await ended(signal)
  return failed('timeout')
}

/** What faults do to packets before a request is on its way; a datagram has no connection to open. */
function openLink(
  { link }: OpenConnection,
  { protocol }: UnsentRequest,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> | 'lost' | undefined {
  if (protocol !== 'udp') return link.open(signal)
  const lateMs = link.datagram()
  if (lateMs === undefined) return 'lost'
  return lateMs > 0 ? clock.sleep(lateMs, signal) : undefined
}

async function answerOver(
  { link, listener, fromIp }: OpenConnection,
  request: UnsentRequest,
  signal: AbortSignal,
): Promise<NetworkResponse> {
  const isDatagram = request.protocol === 'udp'
  const asking = isDatagram ? undefined : link.send(sizeOf(request), signal)
  if (asking !== undefined) await asking
  const response = await listener.answer({ ...request, fromIp }, signal)
  const answering = isDatagram ? undefined : link.send(response.body.length, signal)
  if (answering !== undefined) await answering
  return response
}

function sizeOf(request: UnsentRequest): number {
  return request.protocol === 'http' ? (request.body?.length ?? 0) : 0
}

/** Waits for as long as the kernel would before it says why there is no connection. */
export async function awaitConnectFailure(
  kind: Exclude<ConnectionAttempt, OpenConnection>['kind'],
  clock: Clock,
  signal: AbortSignal,
): Promise<'refused' | 'noRoute' | 'unreachable' | 'timeout'> {
  if (signal.aborted) return 'timeout'
  if (kind === 'refused' || kind === 'unreachable') return kind
  if (kind === 'noRoute') {
    const isDone = await clock.sleep(neighbourMs, signal).then(
      () => true,
      () => false,
    )
    return isDone ? 'noRoute' : 'timeout'
  }
  await ended(signal)
  return 'timeout'
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
