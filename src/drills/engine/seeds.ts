import type { Clock } from '#lib'
import type { Scene } from '../input/scene.ts'
import { figuresOf, type MeasuredRun } from '../judge/figures.ts'
import { missedBy } from '../judge/verdict.ts'
import type { Objectives } from '../model/objectives.ts'
import type { DrillCase } from '../run/drill.ts'
import { runCase } from '../run/run-case.ts'
import { defaultBudgetMs, type RunDrillsOptions } from './options.ts'

/** A run with what was measured in it. */
export type JudgedRun = MeasuredRun

/** What the seeds of a drill have in common. */
export interface SeedSetting {
  readonly scene: Scene
  readonly behaviours: string
  readonly ratePerSecond: number
  readonly cases: readonly DrillCase[]
  readonly objectives: Objectives
}

/** The case of a seed: they take turns, so that a seed alone decides a run. */
export function caseOfSeed(cases: readonly DrillCase[], seed: number): DrillCase {
  const found = cases[(seed - 1) % cases.length]
  if (!found) throw new Error('a drill without cases')
  return found
}

/** Runs seeds from 1 on, each case once at least: as many as are asked for, or as fit into the budget. */
export async function runSeeds(
  setting: SeedSetting,
  { seeds, seed: only, budgetMs = defaultBudgetMs }: RunDrillsOptions,
  wall: Pick<Clock, 'monotonicMs'>,
  onProgress: (share: number) => void,
): Promise<readonly JudgedRun[]> {
  if (only !== undefined) return [await judgeSeed(setting, only)]
  const startMs = wall.monotonicMs()
  const runs: JudgedRun[] = []
  const least = setting.cases.length
  const isDone = () =>
    seeds === undefined
      ? runs.length >= least && wall.monotonicMs() - startMs >= budgetMs
      : runs.length >= Math.max(seeds, least)
  while (!isDone()) {
    runs.push(await judgeSeed(setting, runs.length + 1))
    const spent = (wall.monotonicMs() - startMs) / budgetMs
    onProgress(
      seeds === undefined
        ? Math.min(1, Math.min(spent, runs.length / least))
        : runs.length / Math.max(seeds, least),
    )
  }
  return runs
}

/** Runs one seed. */
function judgeSeed(setting: SeedSetting, seed: number): Promise<JudgedRun> {
  return judgeCase(setting, caseOfSeed(setting.cases, seed), seed)
}

/** Runs one case with a seed, whose turn it need not be. */
export async function judgeCase(
  { cases: _, objectives, ...rest }: SeedSetting,
  drillCase: DrillCase,
  seed: number,
): Promise<JudgedRun> {
  const observation = await runCase({ ...rest, drillCase, seed })
  const figures = figuresOf(observation, drillCase.counts)
  const isMissed = missedBy(figures, objectives).length > 0
  const virtualMs = observation.toMs - observation.fromMs
  return { seed, case: drillCase.name, figures, isMissed, virtualMs }
}
