import type { Scene } from '../input/scene.ts'
import type { Objectives } from '../model/objectives.ts'
import type { DrillStage } from './stage.ts'

/** Which of the requests that failed count as lost. */
export type CountedRequests =
  /** All that ended after the disturbance. */
  | 'all'
  /**
   * Only those that led to a pod, or to a Service that had answered once or should have, since all was Ready:
   * nobody can be served by what has not started yet.
   */
  | 'onceStarted'
  /** Only those that reached a process: the others ask what is meant to be gone. */
  | 'underWay'

/** What is done to what: one of the things that a drill does in turn, each in a run of its own. */
export interface DrillCase {
  /** Such as `crash the busiest node`. */
  readonly name: string
  /** Chooses the nodes that are lost once all is Ready; no clients run there. Default none. */
  lost?(stage: DrillStage): readonly string[]
  /** The clients begin with the manifest, not only once all of it is Ready. */
  readonly fromTheStart?: true
  /** Does it. Time begins at zero when this is called; it may advance time itself. */
  act(stage: DrillStage, lost: readonly string[]): Promise<void>
  /** How long it is watched at least, in milliseconds; default 10 s. */
  readonly leastMs?: number
  /** How long it is watched at most, in milliseconds; default 10 minutes, and longer than any objective. */
  readonly mostMs?: number
  readonly counts?: CountedRequests
  /** Whether it is over when the act is, without anything having to be Ready again. */
  readonly endsUnready?: true
}

/** A drill: what is done to an application, and what must hold while it is. */
export interface Drill {
  readonly name: string
  readonly title: string
  /** What must hold unless told otherwise. */
  readonly objectives: Objectives
  /** Behaviour keys that the result may depend on: where nobody knows their value they are varied. */
  readonly varies?: readonly ('startup' | 'on-sigterm' | 'latency')[]
  /** The cases for an application; a text says why there is none. */
  cases(scene: Scene, options: DrillOptions): readonly DrillCase[] | string
}

/** What a drill can be told besides. */
export interface DrillOptions {
  /** The manifest that an update leads to. */
  readonly to?: Scene
}
