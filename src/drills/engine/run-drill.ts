import type { Clock } from '#lib'
import { findAdvice } from '../advise/search.ts'
import { behaviourFile } from '../behaviour/behaviours.ts'
import type { Scene } from '../input/scene.ts'
import { causesOf } from '../judge/causes.ts'
import { distributionOf, figuresByService, figuresOf } from '../judge/figures.ts'
import { sentenceOf } from '../judge/sentence.ts'
import { timelineOf } from '../judge/timeline.ts'
import { compareRuns, missedBy, verdictOf, worstMisses, worstVerdict } from '../judge/verdict.ts'
import type { AdvicePatch } from '../model/advice.ts'
import type { MissedObjective, Objectives } from '../model/objectives.ts'
import type { DrillCaseResult, DrillResult, ShownRun } from '../model/report.ts'
import type { Drill, DrillCase, DrillOptions } from '../run/drill.ts'
import { runInDetail } from '../run/run-case.ts'
import { adviceTrial } from './advice-trial.ts'
import { casesOf, objectivesOf } from './cases.ts'
import { defaultRate, type RunDrillsOptions } from './options.ts'
import { type JudgedRun, runSeeds } from './seeds.ts'
import { varyValues } from './vary.ts'

/** What all drills of a report have in common. */
export interface DrillGround {
  readonly scene: Scene
  readonly drillOptions: DrillOptions
  /** What helped in the drills before. */
  readonly hints?: readonly AdvicePatch[]
}

/** Runs one drill over its seeds. */
export async function runDrill(
  drill: Drill,
  { scene, drillOptions, hints = [] }: DrillGround,
  options: RunDrillsOptions,
  wall: Pick<Clock, 'monotonicMs'>,
): Promise<DrillResult> {
  const objectives = objectivesOf(drill, options.objectives)
  const cases = casesOf(drill, scene, drillOptions, objectives)
  if (typeof cases === 'string') return skipped(drill, cases, objectives)
  const behaviours = behaviourFile(scene, options.behaviours)
  const setting = { scene, behaviours, ratePerSecond: options.ratePerSecond ?? defaultRate }
  const runs = await runSeeds({ ...setting, cases, objectives }, options, wall, (share) =>
    options.onProgress?.(drill.name, share),
  )
  const misses = runs.flatMap(({ figures }) => missedBy(figures, objectives))
  const results = cases.flatMap((each) => caseResult(each, runs))
  const [worst] = runs.toSorted(compareRuns)
  if (!worst) return skipped(drill, 'no seed was run', objectives)
  const isSearched = options.advice !== false && options.seed === undefined
  const varied =
    isSearched && !worst.isMissed
      ? await varyValues({ drill, setting: { ...setting, cases, objectives }, options }, [
          ...new Set([runs[0] ?? worst, worst]),
        ])
      : []
  const shown = await showRun(drill, worst, { ...setting, cases }, options)
  const missed = worstMisses(misses)
  const advice =
    isSearched && missed.length > 0
      ? await findAdvice(
          scene,
          runs,
          adviceTrial({ drill, drillOptions, objectives, options }),
          hints,
        )
      : undefined
  return {
    drill: drill.name,
    title: drill.title,
    verdict: worstVerdict(results.map(({ verdict }) => verdict)),
    sentence: sentenceOf(shown, missed),
    objectives,
    missed,
    cases: results,
    distribution: distributionOf(runs),
    worst: shown,
    varied,
    ...(advice ? { advice } : {}),
  }
}

function skipped(drill: Drill, sentence: string, objectives: Objectives): DrillResult {
  const nothing: { missed: readonly MissedObjective[]; cases: readonly DrillCaseResult[] } = {
    missed: [],
    cases: [],
  }
  const { name, title } = drill
  return { drill: name, title, verdict: 'skipped', sentence, objectives, ...nothing, varied: [] }
}

function caseResult(each: DrillCase, runs: readonly JudgedRun[]): readonly DrillCaseResult[] {
  const own = runs.filter((run) => run.case === each.name)
  const missed = own.filter(({ isMissed }) => isMissed).length
  const [worst] = own.toSorted(compareRuns)
  if (!worst) return []
  const verdict = verdictOf(own.length, missed)
  return [{ case: each.name, verdict, runs: own.length, missed, worst: worst.figures }]
}

interface Setting {
  readonly scene: Scene
  readonly behaviours: string
  readonly ratePerSecond: number
  readonly cases: readonly DrillCase[]
}

/** Repeats a run with all that a report shows of it. */
async function showRun(
  drill: Drill,
  worst: JudgedRun,
  { cases, ...setting }: Setting,
  { command }: RunDrillsOptions,
): Promise<ShownRun> {
  const { seed } = worst
  const drillCase = cases.find(({ name }) => name === worst.case)
  if (!drillCase) throw new Error(`there is no case ${worst.case}`)
  const { counts } = drillCase
  const detailed = await runInDetail({ ...setting, drillCase, seed })
  const { observation, entries, sampler } = detailed
  const source = { observation, entries, pods: sampler.pods, nodes: sampler.nodes }
  return {
    seed,
    case: worst.case,
    figures: figuresOf(observation, counts),
    services: figuresByService(observation, counts),
    replay: command?.(drill.name, seed) ?? `knarr drill ${drill.name} --seed ${seed} --log`,
    causes: causesOf({ ...source, scene: setting.scene }, drillCase),
    timeline: timelineOf(source, counts),
  }
}
