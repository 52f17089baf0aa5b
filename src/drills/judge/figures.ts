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
import type { DrillObservation, ObservedRequest } from '../run/observation.ts'

/** Why a request was lost; undefined for one that was answered. */
export function lossOf({ end, status = 0 }: ObservedRequest): LossReason | undefined {
  if (end !== 'answered') return end
  return status >= 500 ? 'status' : undefined
}

/** The state of the pod that a request was sent to. */
export function lossTargetOf({ sentTo }: ObservedRequest): LossTarget {
  return sentTo?.state ?? 'none'
}

/** How long endpoints and proxies may take, once all is Ready, until Services answer. */
const settledMs = 3_000

/** A request that ended after the disturbance, and whether it counts as lost. */
export interface CountedRequest {
  readonly request: ObservedRequest
  /** Why its client got no answer; absent for one that was answered. */
  readonly reason: LossReason | undefined
  readonly isLost: boolean
}

/** The requests of a run that ended after the disturbance, and whether each counts as lost. */
export function countedRequests(
  { requests, readiness }: Pick<DrillObservation, 'requests' | 'readiness'>,
  counts: CountedRequests = 'all',
): readonly CountedRequest[] {
  const readyMs = readiness.find(({ isReady }) => isReady)?.atMs ?? Number.POSITIVE_INFINITY
  const firstAnswers = new Map<string, number>()
  const found: CountedRequest[] = []
  for (const request of requests) {
    if (lossOf(request) !== undefined) continue
    const first = firstAnswers.get(request.service) ?? Number.POSITIVE_INFINITY
    if (endOf(request) < first) firstAnswers.set(request.service, endOf(request))
  }
  for (const request of requests) {
    if (endOf(request) < 0) continue
    const reason = lossOf(request)
    const answeredMs = firstAnswers.get(request.service) ?? Number.POSITIVE_INFINITY
    const firstMs = Math.min(answeredMs, readyMs + settledMs)
    found.push({
      request,
      reason,
      isLost: reason !== undefined && isCounted(request, reason, { counts, firstMs }),
    })
  }
  return found
}

interface CountingRule {
  readonly counts: CountedRequests
  /** When the Service answered for the first time, or should have since all was Ready. */
  readonly firstMs: number
}

function isCounted(
  { sentTo, atMs }: ObservedRequest,
  reason: LossReason,
  { counts, firstMs }: CountingRule,
): boolean {
  if (counts === 'all') return true
  if (counts === 'underWay') return reason === 'reset' || reason === 'timeout'
  return sentTo !== undefined || atMs >= firstMs
}

/** Measures a run over all Services. */
export function figuresOf(observation: DrillObservation, counts?: CountedRequests): DrillFigures {
  return measure(observation, countedRequests(observation, counts), counts)
}

/** Measures a run for each Service by itself. */
export function figuresByService(
  observation: DrillObservation,
  counts?: CountedRequests,
): readonly ServiceFigures[] {
  return [...byService(countedRequests(observation, counts))].map(([service, own]) => ({
    service,
    ...measure(observation, own, counts),
  }))
}

function byService(
  counted: readonly CountedRequest[],
): ReadonlyMap<string, readonly CountedRequest[]> {
  const found = new Map<string, CountedRequest[]>()
  for (const each of counted) {
    const own = found.get(each.request.service)
    if (own) own.push(each)
    else found.set(each.request.service, [each])
  }
  return found
}

function measure(
  observation: DrillObservation,
  counted: readonly CountedRequest[],
  counts: CountedRequests = 'all',
): DrillFigures {
  const lost: ObservedRequest[] = []
  let answered = 0
  let sentToNotReady = 0
  let lastLossMs = 0
  for (const { request, reason, isLost } of counted) {
    if (reason === undefined) answered++
    if (lossTargetOf(request) === 'notReady') sentToNotReady++
    if (!isLost) continue
    lost.push(request)
    lastLossMs = Math.max(lastLossMs, endOf(request))
  }
  return {
    sent: counted.length,
    answered,
    lost: lost.length,
    lostBy: lossCounts(lost),
    sentToNotReady,
    longestGapMs: longestGap(counted, counts),
    lastLossMs: Math.round(lastLossMs),
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
    const target = lossTargetOf(request)
    const key = `${reason} ${target}`
    counts.set(key, { reason, target, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)
}

function endOf({ atMs, tookMs }: ObservedRequest): number {
  return atMs + tookMs
}

/**
 * The longest time in which one Service gave no answer while it was asked: from the sending of the first request
 * that was lost to the next answer.
 */
function longestGap(counted: readonly CountedRequest[], counts: CountedRequests): number {
  if (counts === 'underWay' || !counted.some(({ isLost }) => isLost)) return 0
  return Math.round(Math.max(0, ...[...byService(counted).values()].map(gapOf)))
}

function gapOf(counted: readonly CountedRequest[]): number {
  const answers: number[] = []
  let lastEndMs = 0
  for (const { request, reason } of counted) {
    lastEndMs = Math.max(lastEndMs, endOf(request))
    if (reason === undefined) answers.push(endOf(request))
  }
  answers.sort((a, b) => a - b)
  let longest = 0
  let next = 0
  for (const { request, isLost } of counted) {
    if (!isLost) continue
    while (next < answers.length && (answers[next] ?? 0) < request.atMs) next++
    longest = Math.max(longest, (answers[next] ?? lastEndMs) - request.atMs)
  }
  return longest
}

function readyAfter({ readiness, neverReady }: DrillObservation): number | null {
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
  /** How much virtual time it went through. */
  readonly virtualMs: number
}

/** Spreads the figures of runs out. */
export function distributionOf(runs: readonly MeasuredRun[]): FigureDistribution {
  const spread = (figure: (figures: DrillFigures) => number | null) =>
    spreadOf(runs.map(({ figures }) => figure(figures)))
  return {
    runs: runs.length,
    missed: runs.filter(({ isMissed }) => isMissed).length,
    virtualMs: Math.round(runs.reduce((sum, { virtualMs }) => sum + virtualMs, 0)),
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
