import type { Clock } from '#lib'
import type { ServiceEndpoint } from '#network'
import {
  ConnectionReset,
  type Listener,
  type WireRequest,
  type WireResponse,
} from '../model/fabric.ts'
import type { SimFabric } from './create-fabric.ts'
import type { Origin } from './route.ts'
import type { Router } from './router.ts'

/** What a connection attempt met. */
export type Line =
  | OpenLine
  | { readonly kind: 'refused' | 'noRoute' | 'silent'; readonly at?: Place }

export interface OpenLine {
  readonly kind: 'open'
  readonly at: Place
  readonly listener: Listener
  /** What listens there later; undefined once the process has ended. */
  readonly current: () => Listener | undefined
  /** The address that the server sees. */
  readonly fromIp: string
  /** Whether packets still travel both ways. */
  readonly isUp: () => boolean
}

/** Where a connection ended up after Services were translated. */
export interface Place {
  readonly ip: string
  readonly port: number
  /** Absent when nothing stands at the address, or a node does. */
  readonly podUid?: string
}

export interface Wire {
  readonly fabric: SimFabric
  readonly clock: Clock
  /** The routing of the node that the connection starts on; absent for clients outside. */
  readonly router: Router | undefined
  /** That node's own address. */
  readonly nodeIp: string | undefined
}

/** Opens a connection: through the node's table, over the fabric, to what listens there now. */
export function reach(wire: Wire, origin: Origin, ip: string, port: number): Line {
  const isLoopback = ip === '::1' || ip.startsWith('127.')
  const isOwn = ip === wire.nodeIp || (isLoopback && origin.kind === 'node')
  const target = { ip: isLoopback ? origin.ip : ip, port, isOwn }
  if (isLoopback && origin.kind !== 'node') return deliver(wire, origin, [origin.node], target)
  const first = wire.router?.choose(origin, target) ?? { kind: 'direct' }
  if (first.kind !== 'direct') return follow(wire, first, origin, [origin.node])
  const other = wire.fabric.routerAt(target.ip)
  if (other === undefined || other === wire.router) {
    return deliver(wire, origin, [origin.node], target)
  }
  if (!isPassable(wire.fabric, [origin.node, other.node])) return { kind: 'silent' }
  const second = other.choose(origin, { ...target, isOwn: true })
  if (second.kind === 'direct') return deliver(wire, origin, [origin.node], target)
  return follow(wire, second, origin, [origin.node, other.node])
}

type Decided = Exclude<ReturnType<Router['choose']>, { readonly kind: 'direct' }>

function follow(wire: Wire, hop: Decided, origin: Origin, nodes: readonly string[]): Line {
  switch (hop.kind) {
    case 'reject':
      return { kind: 'refused' }
    case 'drop':
      return { kind: 'silent' }
    case 'endpoint':
      return deliver(wire, { ...origin, ip: hop.fromIp }, nodes, hop.endpoint)
  }
}

/** `nodes` are those that the packets have passed, in order. */
function deliver(
  { fabric }: Wire,
  origin: Origin,
  nodes: readonly string[],
  { ip, port }: Pick<ServiceEndpoint, 'ip' | 'port'>,
): Line {
  const stack = fabric.at(ip)
  const place: Place = { ip, port, ...(stack?.podUid !== undefined && { podUid: stack.podUid }) }
  const last = stack?.node ?? fabric.nodeOf(ip)
  // Packets to an address that nobody ever had leave the cluster and are never heard of again.
  if (last === undefined) return { kind: 'silent', at: place }
  const path = [...nodes, last]
  if (!isPassable(fabric, path)) return { kind: 'silent', at: place }
  const router = fabric.routerAt(ip)
  if (stack === undefined && router === undefined) return { kind: 'noRoute', at: place }
  const current = () => fabric.at(ip)?.listener(port) ?? router?.healthListener(port)
  const listener = current()
  if (listener === undefined) return { kind: 'refused', at: place }
  const isUp = () => isPassable(fabric, path)
  return { kind: 'open', at: place, listener, current, fromIp: origin.ip, isUp }
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
  | { readonly kind: 'answered'; readonly response: WireResponse }
  | {
      readonly kind: 'failed'
      readonly stage: 'connect' | 'headers'
      /** `timeout` whenever the limit ended it. */
      readonly why: 'refused' | 'noRoute' | 'reset' | 'timeout'
    }

/** How long a neighbour is looked for before the kernel says that there is none. */
const neighbourMs = 3000

type Unsigned<R> = R extends WireRequest ? Omit<R, 'fromIp'> : never

/** A request whose sender the line tells. */
export type Question = Unsigned<WireRequest>

/** One request over a connection. The caller looks whether it was its own signal that ended it. */
export async function exchange(
  line: Line,
  request: Question,
  clock: Clock,
  { signal }: Limit,
): Promise<Exchange> {
  if (line.kind !== 'open') {
    const why = await whyNoLine(line.kind, clock, signal)
    return { kind: 'failed', stage: 'connect', why }
  }
  const failed = (why: 'reset' | 'timeout') => ({ kind: 'failed', stage: 'headers', why }) as const
  try {
    const response = await line.listener.answer({ ...request, fromIp: line.fromIp }, signal)
    if (line.isUp()) return { kind: 'answered', response }
  } catch (error) {
    if (signal.aborted) return failed('timeout')
    if (!(error instanceof ConnectionReset)) throw error
    if (line.isUp()) return failed('reset')
  }
  await ended(signal)
  return failed('timeout')
}

/** Waits as long as the kernel would before it knows. */
export async function whyNoLine(
  kind: Exclude<Line, OpenLine>['kind'],
  clock: Clock,
  signal: AbortSignal,
): Promise<'refused' | 'noRoute' | 'timeout'> {
  if (signal.aborted) return 'timeout'
  if (kind === 'refused') return 'refused'
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
