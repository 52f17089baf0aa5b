import type {
  DrillFigures,
  FigureDistribution,
  FigureSpread,
  LossCount,
  LossReason,
  LossTarget,
  ServiceFigures,
} from '../model/figures.ts'
import type { CountedRequests } from '../run/drill.ts'
import type { Observation, ObservedRequest } from '../run/observation.ts'

/** Why a request was lost; undefined for one that was answered. */
export function lossOf({ end, status = 0 }: ObservedRequest): LossReason | undefined {
  if (end !== 'answered') return end
  return status >= 500 ? 'status' : undefined
}

/** The state of the pod that a request was sent to. */
export function targetOf({ sentTo }: ObservedRequest): LossTarget {
  return sentTo?.state ?? 'none'
}

/** The requests of a run that ended after the disturbance, and whether each counts as lost. */
export function countedRequests(
  { requests }: Pick<Observation, 'requests'>,
  counts: CountedRequests = 'all',
): readonly { readonly request: ObservedRequest; readonly isLost: boolean }[] {
  const firstAnswers = new Map<string, number>()
  for (const request of requests) {
    const endMs = endOf(request)
    if (lossOf(request) === undefined && endMs < (firstAnswers.get(request.service) ?? Infinity)) {
      firstAnswers.set(request.service, endMs)
    }
  }
  return requests
    .filter((request) => endOf(request) >= 0)
    .map((request) => {
      const reason = lossOf(request)
      const first = firstAnswers.get(request.service)
      const isCounted =
        counts === 'all' ||
        (counts === 'onceStarted' &&
          (request.sentTo !== undefined || (first !== undefined && request.atMs >= first))) ||
        (counts === 'underWay' && (reason === 'reset' || reason === 'timeout'))
      return { request, isLost: reason !== undefined && isCounted }
    })
}

/** Measures a run over all Services. */
export function figuresOf(observation: Observation, counts?: CountedRequests): DrillFigures {
  return measure(observation, countedRequests(observation, counts), counts)
}

/** Measures a run for each Service by itself. */
export function figuresByService(
  observation: Observation,
  counts?: CountedRequests,
): readonly ServiceFigures[] {
  const all = countedRequests(observation, counts)
  const services = [...new Set(observation.requests.map(({ service }) => service))]
  return services.map((service) => ({
    service,
    ...measure(
      observation,
      all.filter(({ request }) => request.service === service),
      counts,
    ),
  }))
}

function measure(
  observation: Observation,
  counted: ReturnType<typeof countedRequests>,
  counts: CountedRequests = 'all',
): DrillFigures {
  const lost = counted.filter(({ isLost }) => isLost).map(({ request }) => request)
  const answered = counted.filter(({ request }) => lossOf(request) === undefined)
  return {
    sent: counted.length,
    answered: answered.length,
    lost: lost.length,
    lostBy: lossCounts(lost),
    sentToNotReady: counted.filter(({ request }) => targetOf(request) === 'notReady').length,
    longestGapMs: longestGap(counted, counts),
    lastLossMs: Math.round(Math.max(0, ...lost.map(endOf))),
    readyAfterMs: readyAfter(observation),
    restarts: observation.restarts,
    unfinished: observation.unfinished.length,
  }
}

/** Adds up losses by how they were lost, the most frequent first. */
export function lossCounts(lost: readonly ObservedRequest[]): readonly LossCount[] {
  const counts = new Map<string, LossCount>()
  for (const request of lost) {
    const reason = lossOf(request) ?? 'status'
    const target = targetOf(request)
    const key = `${reason} ${target}`
    counts.set(key, { reason, target, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)
}

function endOf({ atMs, tookMs }: ObservedRequest): number {
  return atMs + tookMs
}

/**
 * The longest time between two answers of one Service that was asked meanwhile: from the sending of the first
 * request that got none to the next answer.
 */
function longestGap(counted: ReturnType<typeof countedRequests>, counts: CountedRequests): number {
  if (counts === 'underWay') return 0
  const byService = new Map<string, ObservedRequest[]>()
  for (const { request, isLost } of counted) {
    const isAnswer = lossOf(request) === undefined
    if (!isAnswer && !isLost) continue
    byService.set(request.service, [...(byService.get(request.service) ?? []), request])
  }
  return Math.round(Math.max(0, ...[...byService.values()].map(gapOf)))
}

function gapOf(requests: readonly ObservedRequest[]): number {
  const answers = requests
    .filter((each) => lossOf(each) === undefined)
    .map(endOf)
    .sort((a, b) => a - b)
  const lastEnd = Math.max(...requests.map(endOf))
  let longest = 0
  let nextAnswer = 0
  for (const request of requests) {
    if (lossOf(request) === undefined) continue
    while (nextAnswer < answers.length && (answers[nextAnswer] ?? 0) < request.atMs) nextAnswer++
    longest = Math.max(longest, (answers[nextAnswer] ?? lastEnd) - request.atMs)
  }
  return longest
}

function readyAfter({ readiness, neverReady }: Observation): number | null {
  if (neverReady) return null
  const last = readiness.at(-1)
  return last?.isReady ? Math.max(0, Math.round(last.atMs)) : null
}

/** A measured run. */
export interface MeasuredRun {
  readonly seed: number
  readonly case: string
  readonly figures: DrillFigures
  readonly isMissed: boolean
}

/** Spreads the figures of runs out. */
export function distributionOf(runs: readonly MeasuredRun[]): FigureDistribution {
  const spread = (figure: (figures: DrillFigures) => number | null) =>
    spreadOf(runs.map(({ figures }) => figure(figures)))
  return {
    runs: runs.length,
    missed: runs.filter(({ isMissed }) => isMissed).length,
    lost: spread(({ lost }) => lost),
    longestGapMs: spread(({ longestGapMs }) => longestGapMs),
    lastLossMs: spread(({ lastLossMs }) => lastLossMs),
    readyAfterMs: spread(({ readyAfterMs }) => readyAfterMs),
    restarts: spread(({ restarts }) => restarts),
    lostBySeed: runs
      .toSorted((a, b) => a.seed - b.seed)
      .map(({ seed, figures }) => ({ seed, lost: figures.lost })),
  }
}

function spreadOf(values: readonly (number | null)[]): FigureSpread {
  const sorted = values.toSorted((a, b) => (a ?? Infinity) - (b ?? Infinity))
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? null
  return { least: sorted[0] ?? null, median: at(0.5), p90: at(0.9), most: at(1) }
}
