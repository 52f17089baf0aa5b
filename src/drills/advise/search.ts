import type { Scene } from '../input/scene.ts'
import { compareRuns } from '../judge/verdict.ts'
import type { AdvicePatch, DrillAdvice } from '../model/advice.ts'
import type { DrillFigures } from '../model/figures.ts'
import type { DrillCause } from '../model/report.ts'
import { patchedScene } from './apply-patches.ts'
import { changesFor } from './catalogue.ts'
import type { ManifestChange } from './changes/change.ts'

/** A run with what it measured, as far as advice is concerned. */
export interface TriedRun {
  readonly seed: number
  readonly case: string
  readonly figures: DrillFigures
  readonly isMissed: boolean
}

/** How advice tries a manifest. */
export interface AdviceTrial {
  /** Runs one seed with a changed manifest; the same case, whatever cases the changed one has. */
  run(scene: Scene, seed: number, drillCase: string): Promise<TriedRun | undefined>
  /** The causes of what goes wrong in a run with a changed manifest. */
  causes(scene: Scene, run: TriedRun): Promise<readonly DrillCause[]>
  /** Whether there may be more runs. */
  hasBudget(): boolean
}

/** The most changes that are put together. */
const maxChanges = 6
/** How many of the runs that miss their objectives are tried with each change. */
const maxProbes = 3
/** How many runs advice is judged by, and more only when there are more cases. */
const maxSample = 12
/** How often runs that still miss their objectives are added to those that are tried. */
const maxRounds = 3

/**
 * Looks for the smallest set of changes with which all runs meet the objectives: it asks for the cause of the
 * worst run, tries what has to do with it, keeps what helps most, and asks again; at the end it takes away whatever
 * can be missed. Every step is a run of the changed manifest.
 */
export async function findAdvice(
  scene: Scene,
  runs: readonly TriedRun[],
  trial: AdviceTrial,
  hints: readonly AdvicePatch[] = [],
): Promise<DrillAdvice | undefined> {
  const sample = sampleOf(runs)
  let probes = probesOf(sample)
  if (probes.length === 0) return undefined
  let patches = await helpfulHints(scene, hints, probes, trial)
  for (let round = 0; round < maxRounds && trial.hasBudget(); round++) {
    patches = await climb(scene, patches, probes, trial)
    if (patches.length === 0) return undefined
    const all = await runAll(patchedScene(scene, patches), sample, trial)
    const missed = probesOf(all ?? [])
    if (missed.length === 0) break
    // What held for a few runs did not hold for all: the others are looked at as well.
    probes = [...probes, ...missed].filter(
      (run, index, list) => list.findIndex(({ seed }) => seed === run.seed) === index,
    )
  }
  const least = await withoutNeedless(scene, { patches, probes }, trial)
  return verified(scene, least, sample, trial)
}

/** The runs that advice is judged by: the worst of each case, and of what else missed. */
function sampleOf(runs: readonly TriedRun[]): readonly TriedRun[] {
  const sorted = runs.toSorted(compareRuns)
  const first = sorted.filter(
    (run, index) => sorted.findIndex((each) => each.case === run.case) === index,
  )
  const missed = sorted.filter(({ isMissed }) => isMissed)
  return [...new Set([...first, ...missed])].slice(0, Math.max(maxSample, first.length))
}

/** What helped in another drill is tried first: it may be all that is needed, and what is not is taken away. */
async function helpfulHints(
  scene: Scene,
  hints: readonly AdvicePatch[],
  probes: readonly TriedRun[],
  trial: AdviceTrial,
): Promise<readonly AdvicePatch[]> {
  if (hints.length === 0) return []
  const results = await runAll(patchedScene(scene, hints), probes, trial)
  return results && badnessOf(results) < badnessOf(probes) ? hints : []
}

/** Puts changes together until the runs that are looked at meet their objectives, or nothing helps any more. */
async function climb(
  scene: Scene,
  given: readonly AdvicePatch[],
  probes: readonly TriedRun[],
  trial: AdviceTrial,
): Promise<readonly AdvicePatch[]> {
  let patches = given
  let results = (await runAll(patchedScene(scene, patches), probes, trial)) ?? probes
  const used = new Set(patches.map(({ change }) => change))
  while (results.some(({ isMissed }) => isMissed) && used.size < maxChanges && trial.hasBudget()) {
    const step = await bestStep(scene, { patches, results, used }, trial)
    if (!step) break
    used.add(step.change)
    patches = step.patches
    results = step.results
  }
  return patches
}

/** The worst run of each case that missed its objectives. */
function probesOf(runs: readonly TriedRun[]): readonly TriedRun[] {
  const sorted = runs.filter(({ isMissed }) => isMissed).toSorted(compareRuns)
  const first = sorted.filter(
    (run, index) => sorted.findIndex((each) => each.case === run.case) === index,
  )
  return [...new Set([...first, ...sorted])].slice(0, maxProbes)
}

interface SearchState {
  readonly patches: readonly AdvicePatch[]
  readonly results: readonly TriedRun[]
  readonly used: ReadonlySet<string>
}

interface SearchStep {
  readonly change: string
  readonly patches: readonly AdvicePatch[]
  readonly results: readonly TriedRun[]
}

/** Tries what has to do with the causes of the worst run, and returns what helps most; undefined when nothing does. */
async function bestStep(
  scene: Scene,
  { patches, results, used }: SearchState,
  trial: AdviceTrial,
): Promise<SearchStep | undefined> {
  const now = patchedScene(scene, patches)
  const [worst] = results.toSorted(compareRuns)
  if (!worst) return undefined
  const causes = await trial.causes(now, worst)
  const changes = byVotes(causes.flatMap(({ id }) => changesFor(id)))
  let best: SearchStep | undefined
  for (const change of changes) {
    if (used.has(change.name) || !trial.hasBudget()) continue
    const step = await tryChange(scene, { patches, results, change, causes }, trial)
    if (step?.results.every(({ isMissed }) => !isMissed)) return step
    if (step && badnessOf(step.results) < badnessOf(best?.results ?? results)) best = step
  }
  return best
}

/** What has to do with several causes is tried before what has to do with one. */
function byVotes(changes: readonly ManifestChange[]): readonly ManifestChange[] {
  const votes = new Map<ManifestChange, number>()
  for (const change of changes) votes.set(change, (votes.get(change) ?? 0) + 1)
  return [...votes].toSorted(([, a], [, b]) => b - a).map(([change]) => change)
}

interface TryOptions {
  readonly patches: readonly AdvicePatch[]
  readonly results: readonly TriedRun[]
  readonly change: ManifestChange
  readonly causes: readonly DrillCause[]
}

async function tryChange(
  scene: Scene,
  { patches, results, change, causes }: TryOptions,
  trial: AdviceTrial,
): Promise<SearchStep | undefined> {
  const now = patchedScene(scene, patches)
  const own = now.workloads
    .filter((workload) => isConcerned(workload, now, causes))
    .flatMap((workload) => change.patches(workload, now))
  if (own.length === 0) return undefined
  const all = [...patches, ...own]
  const tried = await runAll(patchedScene(scene, all), results, trial)
  return tried && { change: change.name, patches: all, results: tried }
}

/** Whether a cause names a workload, its Service, or nothing at all. */
function isConcerned(
  { id, namespace, name, kind }: Scene['workloads'][number],
  { services }: Scene,
  causes: readonly DrillCause[],
): boolean {
  return causes.some(({ object, service }) => {
    if (!object && !service) return true
    if (object?.kind === kind && object.name === name && object.namespace === namespace) return true
    const asked = services.find((each) => each.service === service)
    return asked !== undefined && (asked.workloads.length === 0 || asked.workloads.includes(id))
  })
}

/** Runs the same seeds with a changed manifest; undefined when it cannot be run at all. */
async function runAll(
  scene: Scene,
  runs: readonly TriedRun[],
  trial: AdviceTrial,
): Promise<readonly TriedRun[] | undefined> {
  const results: TriedRun[] = []
  for (const { seed, case: name } of runs) {
    const result = await trial.run(scene, seed, name)
    if (!result) return undefined
    results.push(result)
  }
  return results
}

/** How bad runs are, for comparison: what misses counts far more than what is lost. */
function badnessOf(runs: readonly TriedRun[]): number {
  return runs.reduce(
    (sum, { isMissed, figures }) =>
      sum +
      (isMissed ? 1e6 : 0) +
      figures.lost * 10 +
      figures.longestGapMs / 100 +
      figures.restarts * 50 +
      figures.unfinished * 5_000 +
      (figures.readyAfterMs === null ? 20_000 : figures.readyAfterMs / 100),
    0,
  )
}

/** Takes each patch away in turn, and leaves out what nothing depends on. */
async function withoutNeedless(
  scene: Scene,
  {
    patches,
    probes,
  }: { readonly patches: readonly AdvicePatch[]; readonly probes: readonly TriedRun[] },
  trial: AdviceTrial,
): Promise<readonly AdvicePatch[]> {
  if (patches.length < 2) return patches
  const whole = await runAll(patchedScene(scene, patches), probes, trial)
  const before = badnessOf(whole ?? probes)
  const isMet = whole?.every(({ isMissed }) => !isMissed) === true
  let kept = patches
  for (const patch of patches) {
    if (!trial.hasBudget()) break
    const less = kept.filter((each) => each !== patch)
    const results = await runAll(patchedScene(scene, less), probes, trial)
    const isAsGood =
      results && (isMet ? results.every(({ isMissed }) => !isMissed) : badnessOf(results) <= before)
    if (isAsGood && less.length > 0) kept = less
  }
  return kept
}

/** Runs all seeds with the changes; what is merely better is said to be so, and what is not is no advice. */
async function verified(
  scene: Scene,
  patches: readonly AdvicePatch[],
  runs: readonly TriedRun[],
  trial: AdviceTrial,
): Promise<DrillAdvice | undefined> {
  const changed = patchedScene(scene, patches)
  const results: TriedRun[] = []
  for (const { seed, case: name } of runs) {
    const result = await trial.run(changed, seed, name)
    if (result) results.push(result)
  }
  const [before] = runs.toSorted(compareRuns)
  const [after] = results.toSorted(compareRuns)
  if (!before || !after || badnessOf(results) >= badnessOf(runs)) return undefined
  const meetsObjectives = results.every(({ isMissed }) => !isMissed)
  const texts = patches.map(({ text }) => text).join('; ')
  return {
    sentence: `${texts.charAt(0).toUpperCase()}${texts.slice(1)}.${meetsObjectives ? '' : ' It helps, and is not enough.'}`,
    patches,
    meetsObjectives,
    runs: results.length,
    before: before.figures,
    after: after.figures,
  }
}
