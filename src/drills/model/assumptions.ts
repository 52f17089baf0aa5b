import type { DrilledObject } from './objects.ts'

/** Something that the manifest does not say and the drills took for granted. */
export interface DrillAssumption {
  /** The object that it is of; absent for one of the whole run, such as the rate of requests. */
  readonly about?: DrilledObject
  /** The container, for what is assumed of a program. */
  readonly container?: string
  /** The behaviour key of docs/simulation-behaviour.md, such as `startup`; absent for what is none. */
  readonly key?: string
  /** The value taken; `2s`. */
  readonly value: string
  /** Where it comes from: said by whoever ran the drill, known of the image, or a guess. */
  readonly source: 'given' | 'image' | 'guess'
  /** The assumption as a sentence. */
  readonly text: string
}

/** A value that nobody knows, was varied, and whether the result depends on it. */
export interface VariedValue {
  readonly about: DrilledObject
  readonly container: string
  /** The behaviour key that was varied: `startup`, `on-sigterm`, `latency`. */
  readonly key: string
  /** The value of all other runs. */
  readonly assumed: string
  /** The values that were tried, in order. */
  readonly tried: readonly string[]
  /** The first value at which the objectives are missed; absent when all of them were fine. */
  readonly changesFrom?: string
  /** What was found, as a sentence. */
  readonly text: string
}
