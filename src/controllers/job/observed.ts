import type { Job, Pod } from '#api'
import { isPodTerminal } from '#api'
import type { Stored } from '#machinery'

/** Keeps a pod until its end is counted in the Job's status. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'
export const indexAnnotation = 'batch.kubernetes.io/job-completion-index'

export interface Observed {
  readonly job: Stored<Job>
  /** All pods that the Job controls. */
  readonly pods: readonly Stored<Pod>[]
}

export interface Tally {
  readonly active: readonly Stored<Pod>[]
  /** Leaving, and not yet ended. */
  readonly terminating: readonly Stored<Pod>[]
  /** Ended pods that neither the counters nor the list of uncounted ones know. */
  readonly newSucceeded: readonly Stored<Pod>[]
  readonly newFailed: readonly Stored<Pod>[]
  /** Counters, uncounted and new together. */
  readonly succeeded: number
  readonly failed: number
}

/** Sorts a Job's pods by what they mean for it (upstream: trackJobStatusAndRemoveFinalizers). */
export function tally({ job, pods }: Observed): Tally {
  const uncounted = job.status?.uncountedTerminatedPods
  const known = new Set([...(uncounted?.succeeded ?? []), ...(uncounted?.failed ?? [])])
  const isNew = (pod: Stored<Pod>) => isTracked(pod) && !known.has(pod.metadata.uid)
  const newSucceeded = pods.filter((pod) => pod.status?.phase === 'Succeeded' && isNew(pod))
  const newFailed = pods.filter((pod) => isFailed(job, pod) && isNew(pod))
  const standing = pods.filter((pod) => !isPodTerminal(pod))
  return {
    active: standing.filter(({ metadata }) => !metadata.deletionTimestamp),
    terminating: standing.filter(({ metadata }) => metadata.deletionTimestamp),
    newSucceeded,
    newFailed,
    succeeded:
      (job.status?.succeeded ?? 0) + (uncounted?.succeeded?.length ?? 0) + newSucceeded.length,
    failed: (job.status?.failed ?? 0) + (uncounted?.failed?.length ?? 0) + newFailed.length,
  }
}

/** Where leaving pods are replaced at once, leaving counts as failing. */
function isFailed(job: Job, { metadata, status }: Stored<Pod>): boolean {
  if (status?.phase === 'Failed') return true
  if (job.spec?.podReplacementPolicy === 'Failed') return false
  return metadata.deletionTimestamp !== undefined && status?.phase !== 'Succeeded'
}

export function isTracked({ metadata }: Stored<Pod>): boolean {
  return metadata.finalizers?.includes(trackingFinalizer) ?? false
}

export function isIndexed({ spec }: Job): boolean {
  return spec?.completionMode === 'Indexed'
}

export function indexOf({ metadata }: Stored<Pod>): number | undefined {
  const text = metadata.annotations?.[indexAnnotation] ?? ''
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** The indexes in `1,3-5`. */
export function parseIndexes(text: string | undefined): ReadonlySet<number> {
  const indexes = new Set<number>()
  for (const part of (text ?? '').split(',').filter(Boolean)) {
    const [first = 0, last = first] = part.split('-').map(Number)
    for (let index = first; index <= last; index++) indexes.add(index)
  }
  return indexes
}

/** `1,3-5`: runs of three and more as ranges, of two as a pair, as upstream writes them. */
export function formatIndexes(indexes: Iterable<number>): string {
  const runs: { first: number; last: number }[] = []
  for (const index of [...indexes].toSorted((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run && index <= run.last + 1) run.last = index
    else runs.push({ first: index, last: index })
  }
  return runs
    .map(({ first, last }) => {
      if (first === last) return `${first}`
      return last === first + 1 ? `${first},${last}` : `${first}-${last}`
    })
    .join(',')
}

/** Indexes that have succeeded, by the status and by the pods that stand. */
export function completedIndexes({ job, pods }: Observed): ReadonlySet<number> {
  const completions = job.spec?.completions ?? 0
  const done = new Set(parseIndexes(job.status?.completedIndexes))
  for (const pod of pods) {
    const index = indexOf(pod)
    if (index !== undefined && pod.status?.phase === 'Succeeded') done.add(index)
  }
  return new Set([...done].filter((index) => index < completions))
}
