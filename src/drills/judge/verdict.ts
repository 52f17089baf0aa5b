import type { DrillFigures } from '../model/figures.ts'
import type {
  DrillVerdict,
  MissedObjective,
  ObjectiveName,
  Objectives,
} from '../model/objectives.ts'

const measures: Readonly<Record<ObjectiveName, (figures: DrillFigures) => number | null>> = {
  maxLost: ({ lost }) => lost,
  maxGapMs: ({ longestGapMs }) => longestGapMs,
  recoverWithinMs: ({ lastLossMs }) => lastLossMs,
  readyWithinMs: ({ readyAfterMs }) => readyAfterMs,
  maxRestarts: ({ restarts }) => restarts,
  maxUnfinished: ({ unfinished }) => unfinished,
}

/** Returns the objectives that a run misses. */
export function missedBy(
  figures: DrillFigures,
  objectives: Objectives,
): readonly MissedObjective[] {
  // Cast: the language types keys as any text.
  return (Object.keys(measures) as ObjectiveName[]).flatMap((objective) => {
    const allowed = objectives[objective]
    if (allowed === undefined) return []
    const measured = measures[objective](figures)
    return measured !== null && measured <= allowed ? [] : [{ objective, allowed, measured }]
  })
}

/** Returns each objective that any run missed, with the worst value. */
export function worstMisses(misses: readonly MissedObjective[]): readonly MissedObjective[] {
  const worst = new Map<ObjectiveName, MissedObjective>()
  for (const miss of misses) {
    const held = worst.get(miss.objective)
    const isWorse = (miss.measured ?? Infinity) > (held?.measured ?? Infinity)
    if (!held || (held.measured !== null && isWorse)) worst.set(miss.objective, miss)
  }
  return [...worst.values()]
}

/** The verdict over the runs of one case. */
export function verdictOf(runs: number, missed: number): DrillVerdict {
  if (missed === 0) return 'pass'
  return missed * 2 >= runs ? 'fails' : 'at-risk'
}

const badness: readonly DrillVerdict[] = ['skipped', 'pass', 'at-risk', 'fails']

/** The worst of several verdicts. */
export function worstVerdict(verdicts: readonly DrillVerdict[]): DrillVerdict {
  return verdicts.reduce<DrillVerdict>(
    (worst, each) => (badness.indexOf(each) > badness.indexOf(worst) ? each : worst),
    'skipped',
  )
}

/** Orders runs, the worst first: by what they miss, then by what they lost. */
export function compareRuns(
  a: { readonly figures: DrillFigures; readonly isMissed: boolean },
  b: { readonly figures: DrillFigures; readonly isMissed: boolean },
): number {
  return (
    Number(b.isMissed) - Number(a.isMissed) ||
    (b.figures.readyAfterMs === null ? 1 : 0) - (a.figures.readyAfterMs === null ? 1 : 0) ||
    b.figures.lost - a.figures.lost ||
    b.figures.longestGapMs - a.figures.longestGapMs ||
    (b.figures.readyAfterMs ?? 0) - (a.figures.readyAfterMs ?? 0)
  )
}
