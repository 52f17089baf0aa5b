/** What must hold in every run of a drill. A member that is absent is not asked for. */
export interface Objectives {
  /** The most requests that may be lost in one run. */
  readonly maxLost?: number
  /** The longest that one Service may be without any answer, in milliseconds. */
  readonly maxGapMs?: number
  /** The longest from the disturbance until no request is lost any more, in milliseconds. */
  readonly recoverWithinMs?: number
  /** The longest that it may take from the disturbance until all that is wanted is Ready, in milliseconds. */
  readonly readyWithinMs?: number
  /** The most restarts of containers that the drill did not cause itself. */
  readonly maxRestarts?: number
  /** The most steps of a drill that may come to no end, such as a drain that a budget refuses for ever. */
  readonly maxUnfinished?: number
}

/** The name of an objective. */
export type ObjectiveName = keyof Objectives

/** An objective that was missed, with the worst that was measured. */
export interface MissedObjective {
  readonly objective: ObjectiveName
  /** The value that was allowed. */
  readonly allowed: number
  /** The worst value of all runs; null for what never came about, such as being Ready again. */
  readonly measured: number | null
}

/**
 * `pass`: every run met the objectives. `at-risk`: some runs of a case missed them, fewer than half. `fails`: at
 * least half of the runs of a case did. `skipped`: the drill has nothing to do with this manifest.
 */
export type DrillVerdict = 'pass' | 'at-risk' | 'fails' | 'skipped'
