import type { Job, Pod } from '#api'
import type { Stored } from '#machinery'
import { inDeletionOrder } from '../shared/pods.ts'
import { remainingMs } from './back-off.ts'
import {
  completionIndex,
  isIndexed,
  isLimitedPerIndex,
  type Observed,
  ownIndexOf,
  replacesOnlyFailed,
} from './observed.ts'
import { indexBackOff } from './per-index.ts'
import type { PodTally } from './tally.ts'

export interface Plan {
  /** One entry per pod to create: its index, or undefined in a Job without indexes. */
  readonly create: readonly (number | undefined)[]
  readonly remove: readonly Stored<Pod>[]
  /** Pods are wanted, but only after the back-off. */
  readonly againInMs?: number
}

/** Pods that one look creates or deletes at most (upstream: MaxPodCreateDeletePerSync). */
const mostPods = 500

/** Which pods to create or delete while the Job goes on (upstream: manageJob). */
export function planPods(observed: Observed, counted: PodTally, nowMs: number): Plan {
  const { job } = observed
  const { active, terminating } = counted
  if (job.spec?.suspend) return { create: [], remove: active }
  const wanted = wantedActive(job, counted)
  const remove = surplus(job, active, active.length - wanted, nowMs)
  // Deleting comes before creating: one look does one of them.
  if (remove.length > 0) return { create: [], remove: remove.slice(0, mostPods) }
  const waitsForLeaving = replacesOnlyFailed(job) ? terminating.length : 0
  const count = wanted - active.length - waitsForLeaving
  if (count <= 0) return { create: [], remove: [] }
  if (isLimitedPerIndex(job)) return planIndexes(job, counted, count, nowMs)
  const againInMs = remainingMs(counted.backOff, nowMs)
  if (againInMs > 0) return { create: [], remove: [], againInMs }
  const most = Math.min(count, mostPods)
  return { create: isIndexed(job) ? freeIndexes(job, counted, most) : blanks(most), remove: [] }
}

/** Each index waits for itself. */
function planIndexes(job: Job, counted: PodTally, count: number, nowMs: number): Plan {
  const waits = freeIndexes(job, counted, Math.min(count, mostPods)).map((index) => {
    const replaced = counted.toReplace.get(index)
    return { index, waitMs: replaced ? remainingMs(indexBackOff(replaced), nowMs) : 0 }
  })
  const create = waits.filter(({ waitMs }) => waitMs === 0).map(({ index }) => index)
  if (create.length > 0 || waits.length === 0) return { create, remove: [] }
  return { create, remove: [], againInMs: Math.min(...waits.map(({ waitMs }) => waitMs)) }
}

function blanks(count: number): readonly undefined[] {
  return Array.from({ length: count }, () => undefined)
}

function wantedActive({ spec }: Job, { active, succeeded }: PodTally): number {
  const { parallelism = 1, completions } = spec ?? {}
  // A work queue: once one pod has found it empty, no new ones are started.
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism
  return Math.max(0, Math.min(completions - succeeded, parallelism))
}

/** Pods without an index of their own go first, then as many as there are too many. */
function surplus(
  job: Job,
  active: readonly Stored<Pod>[],
  tooMany: number,
  nowMs: number,
): readonly Stored<Pod>[] {
  const ordered = inDeletionOrder(active, () => 0, nowMs)
  if (!isIndexed(job)) return ordered.slice(0, Math.max(0, tooMany))
  const keepers = new Map<number, Stored<Pod>>()
  for (const pod of ordered) {
    const index = ownIndexOf(job, pod)
    if (index !== undefined) keepers.set(index, pod)
  }
  const kept = new Set(keepers.values())
  const strays = ordered.filter((pod) => !kept.has(pod))
  const more = ordered.filter((pod) => kept.has(pod))
  return [...strays, ...more.slice(0, Math.max(0, tooMany - strays.length))]
}

/** The lowest indexes that are neither done, nor given up, nor being worked on. */
function freeIndexes(job: Job, counted: PodTally, count: number): readonly number[] {
  const { completions = 0 } = job.spec ?? {}
  const { active, terminating, succeededIndexes, failedIndexes } = counted
  const busy = replacesOnlyFailed(job) ? [...active, ...terminating] : active
  const taken = new Set(busy.map(completionIndex))
  const isFree = (index: number) =>
    !taken.has(index) && !succeededIndexes.has(index) && !failedIndexes.has(index)
  const free: number[] = []
  for (let index = 0; index < completions && free.length < count; index++) {
    if (isFree(index)) free.push(index)
  }
  return free
}
