import type { DrillAdvice } from './advice.ts'
import type { DrillAssumption, VariedValue } from './assumptions.ts'
import type { DrillFigures, FigureDistribution, ServiceFigures } from './figures.ts'
import type { DrillVerdict, MissedObjective, Objectives } from './objectives.ts'
import type { DrilledObject } from './objects.ts'
import type { DrillTimeline, LogLink } from './timeline.ts'

/** The version of the form of a report; it changes when a reader of the old form would misread the new one. */
export const reportVersion = 'drills.knarr.dev/v1'

/** A node of the simulated cluster. */
interface DrilledNode {
  readonly name: string
  readonly zone?: string
  readonly cpus: number
  readonly memoryBytes: number
}

/** A Service that was asked. */
export interface DrilledService {
  /** `namespace/name:port`. */
  readonly service: string
  readonly object: DrilledObject
  /** The path of each request. */
  readonly path: string
  /** The workloads behind it, by name: `deployment/web`. */
  readonly workloads: readonly string[]
}

/** What was run, as far as it is the same for all drills. */
export interface DrillInput {
  readonly files: readonly string[]
  readonly nodes: readonly DrilledNode[]
  readonly workloads: readonly DrilledObject[]
  readonly services: readonly DrilledService[]
  /** Requests per second to each Service, half of them over connections that are kept alive. */
  readonly ratePerSecond: number
}

/** A cause of losses, of a gap, or of something that never became Ready. */
export interface DrillCause {
  /** Tells causes apart: `refused-stopped`, `probe-restarts`, `unschedulable`, … */
  readonly id: string
  /** The cause in one sentence. */
  readonly sentence: string
  /** How many requests were lost by it in the run that is shown. */
  readonly lost: number
  /** `namespace/name:port`; absent for a cause that is no Service's alone. */
  readonly service?: string
  /** The object of the manifest at which the fault lies. */
  readonly object?: DrilledObject
  /** The entries of the event log that show it, the oldest first. */
  readonly entries: readonly LogLink[]
}

/** One case of a drill: what is done to what. */
export interface DrillCaseResult {
  /** Such as `crash the busiest node`; the bands of the timeline say which that was. */
  readonly case: string
  readonly verdict: DrillVerdict
  readonly runs: number
  readonly missed: number
  /** The figures of its worst run. */
  readonly worst: DrillFigures
}

/** The run that a result shows: the worst of all. */
export interface ShownRun {
  readonly seed: number
  readonly case: string
  readonly figures: DrillFigures
  readonly services: readonly ServiceFigures[]
  /** The command that repeats it, and prints its event log. */
  readonly replay: string
  readonly causes: readonly DrillCause[]
  readonly timeline: DrillTimeline
}

/** The result of one drill. */
export interface DrillResult {
  /** Its name, such as `node-loss`. */
  readonly drill: string
  /** What it does, in words. */
  readonly title: string
  readonly verdict: DrillVerdict
  /** The result in one sentence: the cause of the worst, or that all is well; why it was skipped. */
  readonly sentence: string
  readonly objectives: Objectives
  readonly missed: readonly MissedObjective[]
  readonly cases: readonly DrillCaseResult[]
  /** Absent when the drill was skipped. */
  readonly distribution?: FigureDistribution
  /** Absent when the drill was skipped. */
  readonly worst?: ShownRun
  readonly varied: readonly VariedValue[]
  /** Absent when nothing is missed, or nothing was found that helps. */
  readonly advice?: DrillAdvice
}

/** The report of drills over one manifest: plain JSON, the same for the same input and number of seeds. */
export interface DrillReport {
  readonly apiVersion: typeof reportVersion
  readonly kind: 'DrillReport'
  /** The worst of all drills. */
  readonly verdict: DrillVerdict
  readonly input: DrillInput
  readonly assumptions: readonly DrillAssumption[]
  readonly drills: readonly DrillResult[]
}
