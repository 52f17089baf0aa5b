import type { Scene } from '../input/scene.ts'
import type { Objectives } from '../model/objectives.ts'
import type { Drill, DrillCase, DrillOptions } from '../run/drill.ts'

/** How long a case is watched when it does not say so itself. */
const usualMostMs = 10 * 60_000
/** Beyond an objective: what is not well by then has missed it. */
const beyondMs = 10_000

/** What must hold in a drill: what was asked for, in the place of what it asks for by itself. */
export function objectivesOf(drill: Drill, asked: Objectives = {}): Objectives {
  return { maxUnfinished: 0, ...drill.objectives, ...asked }
}

/** The cases of a drill, each watched for longer than the objectives allow; a text says why there is none. */
export function casesOf(
  drill: Drill,
  scene: Scene,
  options: DrillOptions,
  objectives: Objectives,
): readonly DrillCase[] | string {
  const cases = drill.cases(scene, options)
  if (typeof cases === 'string') return cases
  const { maxGapMs = 0, recoverWithinMs = 0, readyWithinMs = 0 } = objectives
  const leastMs = Math.max(maxGapMs, recoverWithinMs, readyWithinMs) + beyondMs
  return cases.map((each) => ({
    ...each,
    mostMs: Math.max(each.mostMs ?? usualMostMs, leastMs),
  }))
}
