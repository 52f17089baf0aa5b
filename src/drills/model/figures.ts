/**
 * Why a request was lost: what its client saw. `status` is an answer of 500 and above; the others are outcomes
 * of a connection.
 */
export type LossReason = 'refused' | 'reset' | 'timeout' | 'noRoute' | 'unknownHost' | 'status'

/** The state of a pod when a lost request was sent to it; `none` when it led to no pod. */
export type LossTarget = 'ready' | 'notReady' | 'terminating' | 'stopped' | 'none'

/** Requests that were lost in the same way. */
export interface LossCount {
  readonly reason: LossReason
  readonly target: LossTarget
  readonly count: number
}

/** What was measured in one run, over all Services or of one. Times in milliseconds. */
export interface DrillFigures {
  readonly sent: number
  readonly answered: number
  /** The requests that were lost and count; a drill says what does not, such as those before a first start. */
  readonly lost: number
  /** How the lost ones were lost, the most frequent first. */
  readonly lostBy: readonly LossCount[]
  /** Those that reached a pod which was not Ready, answered or not. */
  readonly sentToNotReady: number
  /** The longest time in which a Service that was asked gave no answer at all. */
  readonly longestGapMs: number
  /** From the disturbance to the end of the last request that was lost; 0 without any loss. */
  readonly lastLossMs: number
  /** From the disturbance until all that is wanted was Ready for good; null when it never was. */
  readonly readyAfterMs: number | null
  /** Restarts of containers. */
  readonly restarts: number
  /** Steps of the drill that came to no end, such as a drain that a budget refuses. */
  readonly unfinished: number
}

/** The figures of one Service. */
export interface ServiceFigures extends DrillFigures {
  /** `namespace/name:port`. */
  readonly service: string
}

/** How a figure is spread over runs; null stands for never, and is above every number. */
export interface FigureSpread {
  readonly least: number | null
  readonly median: number | null
  readonly p90: number | null
  readonly most: number | null
}

/** The figures of many runs. */
export interface FigureDistribution {
  /** How many runs there were. */
  readonly runs: number
  /** How many of them missed an objective. */
  readonly missed: number
  /** How much virtual time all runs together went through, in milliseconds. */
  readonly virtualMs: number
  readonly lost: FigureSpread
  readonly longestGapMs: FigureSpread
  readonly lastLossMs: FigureSpread
  readonly readyAfterMs: FigureSpread
  readonly restarts: FigureSpread
  /** The requests lost in each run, in the order of the seeds: a histogram can be drawn of them. */
  readonly lostBySeed: readonly { readonly seed: number; readonly lost: number }[]
}
