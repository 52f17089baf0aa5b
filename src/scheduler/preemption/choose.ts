import type { PodInfo } from '../model/pod-info.ts'
import type { PreemptionCandidate } from './dry-run.ts'
import { startMs } from './importance.ts'

/** Makes all priorities positive, so that more victims of low priority weigh more, not less. */
const priorityOffset = 2 ** 31

/**
 * The candidate that hurts least: fewest broken budgets, then the lowest highest priority, the
 * lowest sum of priorities, the fewest victims, and the youngest of the most important victims;
 * after that the first (upstream: `pickOneNodeForPreemption`).
 */
export function chooseCandidate(
  candidates: readonly PreemptionCandidate[],
  nowMs: number,
): PreemptionCandidate | undefined {
  const harms: readonly ((candidate: PreemptionCandidate) => number)[] = [
    ({ violations }) => violations,
    ({ victims }) => highestPriority(victims),
    ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + priorityOffset, 0),
    ({ victims }) => victims.length,
    ({ victims }) => -earliestStartOfHighest(victims, nowMs),
  ]
  let best = candidates
  for (const harm of harms) {
    const least = Math.min(...best.map(harm))
    best = best.filter((candidate) => harm(candidate) === least)
    if (best.length <= 1) break
  }
  return best[0]
}

function highestPriority(victims: readonly PodInfo[]): number {
  return Math.max(...victims.map(({ priority }) => priority))
}

function earliestStartOfHighest(victims: readonly PodInfo[], nowMs: number): number {
  const highest = highestPriority(victims)
  const starts = victims.filter(({ priority }) => priority === highest)
  return Math.min(...starts.map((victim) => startMs(victim, nowMs)))
}
