import type { CronJob, Job } from '#api'
import { hasCondition, type Stored } from '#machinery'

type End = 'Complete' | 'Failed'

/** How a Job has ended; undefined while it runs. */
export function finishedAs({ status }: Job): End | undefined {
  if (hasCondition(status?.conditions, 'Complete')) return 'Complete'
  return hasCondition(status?.conditions, 'Failed') ? 'Failed' : undefined
}

/** Jobs that have ended and are more than are to be kept (upstream: cleanupFinishedJobs). */
export function beyondLimits(
  { spec }: CronJob,
  jobs: readonly Stored<Job>[],
): readonly Stored<Job>[] {
  return [
    ...oldest(jobs, 'Complete', spec.successfulJobsHistoryLimit),
    ...oldest(jobs, 'Failed', spec.failedJobsHistoryLimit),
  ]
}

function oldest(
  jobs: readonly Stored<Job>[],
  end: End,
  limit: number | undefined,
): readonly Stored<Job>[] {
  if (limit === undefined) return []
  const ended = jobs.filter((job) => finishedAs(job) === end).toSorted(byStart)
  return ended.slice(0, Math.max(0, ended.length - limit))
}

/** Those that have not started last; names decide the rest. */
function byStart(a: Stored<Job>, b: Stored<Job>): number {
  const [first, second] = [a, b].map(({ status }) => status?.startTime ?? '~') as [string, string]
  if (first !== second) return first < second ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : 1
}
