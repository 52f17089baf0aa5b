import type { LossCount } from './figures.ts'

/** An entry of the event log of the run that is shown; `knarr drill … --seed N --log` prints all of it. */
export interface LogLink {
  /** The number of the entry in the log. */
  readonly sequence: number
  /** When it was written, in milliseconds since the disturbance. */
  readonly atMs: number
  /** The entry as one line, without its time. */
  readonly text: string
}

/** What a pod was for a while. All times of a timeline are milliseconds since the disturbance, negative before. */
export interface LaneSpan {
  readonly fromMs: number
  readonly toMs: number
  /** `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`; `Terminating` from its deletion on. */
  readonly phase: string
  readonly isReady: boolean
  /** What EndpointSlices said of it: whether Services sent requests there. */
  readonly endpoint: 'none' | 'ready' | 'notReady' | 'terminating'
}

/** Something that happened to a pod at an instant. */
export interface LaneMark {
  readonly atMs: number
  readonly track: 'state' | 'probe' | 'signal' | 'endpoint'
  readonly text: string
  /** The entry of the event log that says so. */
  readonly sequence: number
}

/** One pod over time. */
export interface PodLane {
  /** `namespace/name`. */
  readonly pod: string
  /** What wanted it: `deployment/web`; absent for a pod by itself. */
  readonly workload?: string
  /** The node that it was bound to; absent for one that never was. */
  readonly node?: string
  readonly spans: readonly LaneSpan[]
  readonly marks: readonly LaneMark[]
}

/** One node over time. */
export interface NodeLane {
  readonly node: string
  readonly spans: readonly {
    readonly fromMs: number
    readonly toMs: number
    /** The status of its condition Ready. */
    readonly ready: 'True' | 'False' | 'Unknown'
    readonly isCordoned: boolean
  }[]
}

/** The requests to a Service that were sent in one stretch of time. */
export interface RequestBucket {
  readonly fromMs: number
  readonly answered: number
  readonly lost: number
  readonly lostBy: readonly LossCount[]
}

/** The requests to one Service over time; stretches without a request are left out. */
export interface ServiceLane {
  /** `namespace/name:port`. */
  readonly service: string
  readonly bucketMs: number
  readonly buckets: readonly RequestBucket[]
}

/** What the drill did and for how long: drawn as a band behind the lanes. */
export interface FaultBand {
  readonly fromMs: number
  /** Null when it lasted to the end of the run. */
  readonly toMs: number | null
  /** What was done, in words: `node-2 crashes`. */
  readonly text: string
  /** The node, pod or other object that it was done to. */
  readonly target: string
}

/** What happened in one run, on one axis of time whose zero is the disturbance. */
export interface DrillTimeline {
  readonly fromMs: number
  readonly toMs: number
  /** The cluster's wall time at zero, RFC 3339. */
  readonly zero: string
  readonly faults: readonly FaultBand[]
  readonly services: readonly ServiceLane[]
  readonly pods: readonly PodLane[]
  readonly nodes: readonly NodeLane[]
}
