import type { DrillFigures } from './figures.ts'
import type { DrilledObject } from './objects.ts'

/** One change of one object, which `kubectl patch` and kustomize take. */
export interface AdvicePatch {
  /** The change of the catalogue, such as `readiness-probe`. */
  readonly change: string
  /** What it does, in words: `gives the container web a readiness probe`. */
  readonly text: string
  readonly target: DrilledObject
  /** `create` brings an object that was not there, to be applied as it is. */
  readonly type: 'strategic' | 'json' | 'merge' | 'create'
  /** An object, or a list of JSON patch operations. */
  readonly patch: unknown
}

/** The smallest set of changes that was found by running the changed manifest. */
export interface DrillAdvice {
  /** What to do and what it brings, in one sentence. */
  readonly sentence: string
  readonly patches: readonly AdvicePatch[]
  /** Whether all runs of the changed manifest met the objectives; if not, it is merely better. */
  readonly meetsObjectives: boolean
  /** How many runs of the changed manifest there were. */
  readonly runs: number
  /** The worst figures with the manifest as it is, over the same seeds. */
  readonly before: DrillFigures
  /** The worst figures with the changes. */
  readonly after: DrillFigures
}
