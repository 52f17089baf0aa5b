/** The state of a pod when a request was sent to it, as the API showed it. */
export type PodSide =
  | 'ready'
  | 'notReady'
  /** Being deleted; its process has not been told to stop yet. */
  | 'terminating'
  /** Told to stop (SIGTERM), or ended. */
  | 'stopped'

/** The pod that a request was sent to, and the state that it was in. */
export interface PodTruth {
  /** `namespace/name`. */
  readonly pod: string
  readonly state: PodSide
}

export type RequestEnd = 'answered' | 'refused' | 'reset' | 'timeout' | 'noRoute' | 'unknownHost'

/** The record of one request of a load, written when it has ended. */
export interface RequestRecord {
  /** From 1, in the order of sending. */
  readonly serial: number
  readonly sentWallMs: number
  readonly tookMs: number
  readonly end: RequestEnd
  /** HTTP's, when answered. */
  readonly status?: number
  /** Where the connection led; absent when the node's table did not let it out. */
  readonly ip?: string
  /** The pod there, as the API had it when the request was sent. */
  readonly sentTo?: PodTruth
}

/** The sums over all requests of a load that have ended. */
export interface LoadCounts {
  readonly ended: Readonly<Record<RequestEnd, number>>
  /** Answers with a status below 400. */
  readonly succeeded: number
  /** Requests by the state of the pod that they were sent to. */
  readonly sentTo: Readonly<Record<PodSide, number>>
  /** Answers by pod, `namespace/name`. */
  readonly answeredBy: Readonly<Record<string, number>>
}

/** Adds up records, and keeps the latest of them. */
export interface Tally {
  add(record: RequestRecord): void
  counts(): LoadCounts
  /** The oldest first. */
  records(): readonly RequestRecord[]
}

export function createTally(keep: number): Tally {
  const ended = { answered: 0, refused: 0, reset: 0, timeout: 0, noRoute: 0, unknownHost: 0 }
  const sentTo = { ready: 0, notReady: 0, terminating: 0, stopped: 0 }
  const answeredBy = new Map<string, number>()
  let succeeded = 0
  /** A ring: the next record replaces the one at `oldest` when it is full. */
  const ring: RequestRecord[] = []
  let oldest = 0
  const store = (record: RequestRecord) => {
    if (ring.length < keep) ring.push(record)
    else if (keep > 0) {
      ring[oldest] = record
      oldest = (oldest + 1) % keep
    }
  }
  return {
    add: (record) => {
      const { end, status, sentTo: truth } = record
      ended[end]++
      if (truth) sentTo[truth.state]++
      if (end === 'answered' && status !== undefined && status > 0 && status < 400) succeeded++
      if (end === 'answered' && truth) {
        answeredBy.set(truth.pod, (answeredBy.get(truth.pod) ?? 0) + 1)
      }
      store(record)
    },
    counts: () => ({
      ended: { ...ended },
      succeeded,
      sentTo: { ...sentTo },
      answeredBy: Object.fromEntries([...answeredBy].sort(([a], [b]) => (a < b ? -1 : 1))),
    }),
    records: () => [...ring.slice(oldest), ...ring.slice(0, oldest)],
  }
}
