import type { Clock, Random } from '#lib'
import type { ConnectionAttempt, ConnectionEndpoint, Limit } from '../network/connection.ts'
import type { SimClient } from '../network/sim-network.ts'
import { createKeptConnections, type KeptConnections } from './kept-connections.ts'
import {
  createTally,
  type LoadCounts,
  type PodTruth,
  type RequestEnd,
  type RequestRecord,
} from './outcomes.ts'
import { createTimeLimits, type TimeLimits } from './time-limits.ts'

export interface RequestLoadOptions {
  readonly clock: Clock
  /** This load's own stream. */
  readonly random: Random
  /** The client that the requests come from: `network.clientFrom(…)` of a node. */
  readonly client: SimClient
  /** An address, or a name such as `web.shop`. */
  readonly host: string
  readonly port: number
  /** With its query; default `/`. */
  readonly path?: string
  readonly method?: string
  readonly ratePerSecond: number
  /** Evenly spaced, or independent of one another (Poisson); default even. */
  readonly arrivals?: 'even' | 'poisson'
  /** For the whole request; default 5 s. */
  readonly timeoutMs?: number
  /** How many clients keep their connections alive; default none: each request opens one of its own. */
  readonly keepAliveClients?: number
  /** What the API says now of the pod at an address. */
  readonly findPod?: (endpoint: ConnectionEndpoint) => PodTruth | undefined
  /** Called for each request when it has ended. */
  readonly onOutcome?: (record: RequestRecord) => void
  /** How many of the latest records are kept; default 10 000. The counts are of all. */
  readonly keepRecords?: number
}

/**
 * A load sends requests at a rate, as clients would, and records what came of each. Disposing it gives up
 * on those that are under way.
 */
export interface RequestLoad extends Disposable {
  counts(): LoadCounts
  /** The latest that have ended, in the order of their ends. */
  records(): readonly RequestRecord[]
  /** Sends no more; resolves when the requests under way have ended. */
  stop(): Promise<void>
}

/** Starts a load, which sends its first request after one interval. */
export function createLoad(options: RequestLoadOptions): RequestLoad {
  const tally = createTally(options.keepRecords ?? 10_000)
  const limits = createTimeLimits(options.clock, options.timeoutMs ?? 5000)
  const underWay = new Set<Promise<void>>()
  const { keepAliveClients = 0 } = options
  const kept = keepAliveClients > 0 ? createKeptConnections(keepAliveClients) : undefined
  let serial = 0
  let isGivenUp = false
  const send = () => {
    const work = sendOne(options, { limits, kept }, ++serial).then((record) => {
      underWay.delete(work)
      if (isGivenUp) return
      tally.add(record)
      options.onOutcome?.(record)
    })
    underWay.add(work)
  }
  const arrivals = startArrivals(options, send)
  return {
    counts: tally.counts,
    records: tally.records,
    stop: async () => {
      arrivals[Symbol.dispose]()
      await Promise.all(underWay)
      limits[Symbol.dispose]()
    },
    [Symbol.dispose]: () => {
      isGivenUp = true
      arrivals[Symbol.dispose]()
      limits[Symbol.dispose]()
    },
  }
}

/** Calls `send` at the rate; one timer is set at a time. */
function startArrivals(options: RequestLoadOptions, send: () => void): Disposable {
  const { clock, random, ratePerSecond, arrivals = 'even' } = options
  const meanMs = 1000 / ratePerSecond
  const gapMs = () => (arrivals === 'even' ? meanMs : -Math.log(1 - random.next()) * meanMs)
  let nextMs = clock.monotonicMs() + gapMs()
  let timer: Disposable | undefined
  let isStopped = false
  const arm = () => {
    timer = clock.timer(nextMs - clock.monotonicMs(), fire)
  }
  const fire = () => {
    for (; !isStopped && nextMs <= clock.monotonicMs(); nextMs += gapMs()) send()
    if (!isStopped) arm()
  }
  arm()
  return {
    [Symbol.dispose]: () => {
      isStopped = true
      timer?.[Symbol.dispose]()
    },
  }
}

interface Sending {
  readonly limits: TimeLimits
  readonly kept: KeptConnections | undefined
}

async function sendOne(
  options: RequestLoadOptions,
  { limits, kept }: Sending,
  serial: number,
): Promise<RequestRecord> {
  const { clock, client, host, port, method = 'GET', path = '/' } = options
  const sentMs = clock.monotonicMs()
  const sentWallMs = clock.wallMs()
  const limit = limits.start()
  const idle = kept?.take(serial)
  const looking = idle ? undefined : client.lookUp(host, limit.signal)
  const found = looking instanceof Promise ? await looking.catch(() => 'timeout' as const) : looking
  const connection = idle ?? (typeof found === 'object' ? client.connectTo(found, port) : undefined)
  const at = connection?.at
  const sentTo = at && options.findPod?.(at)
  const ending =
    connection === undefined
      ? { end: found === 'timeout' ? found : ('unknownHost' as const) }
      : await endOf(connection, options, limit, { method, path })
  limit.done()
  if (ending.end === 'answered' && connection?.kind === 'open') kept?.keep(serial, connection)
  return {
    serial,
    sentWallMs,
    tookMs: clock.monotonicMs() - sentMs,
    ...ending,
    ...(at && { ip: at.ip }),
    ...(sentTo && { sentTo }),
  }
}

async function endOf(
  connection: ConnectionAttempt,
  { client, host, port }: RequestLoadOptions,
  limit: Limit,
  request: { readonly method: string; readonly path: string },
): Promise<{ readonly end: RequestEnd; readonly status?: number }> {
  const headers = [['Host', `${host}:${port}`]] as const
  const outcome = await client.ask(connection, { protocol: 'http', ...request, headers }, limit)
  if (outcome.kind === 'failed') {
    return { end: outcome.why === 'unreachable' ? 'noRoute' : outcome.why }
  }
  return { end: 'answered', status: outcome.response.status }
}
