import type { SimCluster } from '#cluster/simulation'
import type { RunningLoad } from '#lab'
import type { SceneService } from '../input/scene.ts'
import type { ObservedRequest } from './observation.ts'

/** The clients of all Services: half of the requests over connections that are kept alive, none sent again. */
export interface Traffic {
  /** No further request is sent. */
  stop(): void
  /** When the last request that was lost ended, by the cluster's wall clock; before all time without any. */
  lastLossMs(): number
  /** The requests of all clients that have ended, with times since `zeroWallMs`, in the order of their sending. */
  requests(zeroWallMs: number): readonly ObservedRequest[]
}

/** The clients that keep connections alive to one Service. */
const keepAliveClients = 4
/** More than a run can have. */
const keepRecords = 5_000_000

interface TrafficOptions {
  readonly services: readonly SceneService[]
  readonly ratePerSecond: number
  /** The nodes on which clients run, one after the other. */
  readonly nodes: readonly string[]
}

/** Starts the clients. */
export function startTraffic(
  { inputs }: SimCluster,
  { services, ratePerSecond, nodes }: TrafficOptions,
): Traffic {
  const start = (service: SceneService, index: number, isKeptAlive: boolean) => {
    const { name, namespace, port, path } = service
    const load = inputs.load({
      ...{ to: name, namespace, port, path, keepRecords, isQuiet: true },
      perSecond: ratePerSecond / 2,
      fromNode: nodes[index % nodes.length] ?? '',
      ...(isKeptAlive ? { keepAliveClients } : {}),
    })
    return { load, service: service.service, isKeptAlive }
  }
  const loads = services.flatMap((service, index) => [
    start(service, index * 2, false),
    start(service, index * 2 + 1, true),
  ])
  return {
    stop: () => {
      for (const { load } of loads) load.stop()
    },
    lastLossMs: () => Math.max(...loads.map(({ load }) => lastLossOf(load))),
    requests: (zeroWallMs) =>
      loads.flatMap((each) => observed(each, zeroWallMs)).toSorted((a, b) => a.atMs - b.atMs),
  }
}

function lastLossOf({ records }: RunningLoad): number {
  const last = records.findLast(({ end, status = 0 }) => end !== 'answered' || status >= 500)
  return last ? last.sentWallMs + last.tookMs : Number.NEGATIVE_INFINITY
}

interface ServiceLoad {
  readonly load: RunningLoad
  readonly service: string
  readonly isKeptAlive: boolean
}

function observed(
  { load, service, isKeptAlive }: ServiceLoad,
  zeroWallMs: number,
): readonly ObservedRequest[] {
  return load.records.map(({ sentWallMs, tookMs, end, status, sentTo }) => ({
    service,
    atMs: sentWallMs - zeroWallMs,
    tookMs,
    end,
    status,
    sentTo,
    isKeptAlive,
  }))
}
