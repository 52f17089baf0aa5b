import { type CronJob, cronJobs, type Job, offsetMs } from '#api'
import { controllerReference, formatTime, type ObjectMeta, type Stored } from '#machinery'

const scheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

/** By its minute, so that no time is run twice whatever else is forgotten. */
export function jobName({ metadata }: Stored<CronJob>, scheduledMs: number): string {
  return `${metadata.name}-${Math.floor(scheduledMs / 60_000)}`
}

/** The Job of one time of the schedule (upstream: getJobFromTemplate2). */
export function scheduledJob(
  cronJob: Stored<CronJob>,
  scheduledMs: number,
): Job & { readonly metadata: ObjectMeta } {
  const { jobTemplate, timeZone } = cronJob.spec
  const { labels, annotations } = jobTemplate.metadata ?? {}
  const { namespace } = cronJob.metadata
  return {
    metadata: {
      name: jobName(cronJob, scheduledMs),
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels ? { labels } : {}),
      annotations: { ...annotations, [scheduledAnnotation]: zonedTime(scheduledMs, timeZone) },
      ownerReferences: [controllerReference(cronJob, cronJobs)],
    },
    ...(jobTemplate.spec ? { spec: jobTemplate.spec } : {}),
  }
}

/** RFC 3339 by the clocks of a zone: `2026-01-01T07:00:00-05:00`. */
function zonedTime(ms: number, timeZone = 'UTC'): string {
  const aheadMs = offsetMs(ms, timeZone)
  if (aheadMs === 0) return formatTime(ms)
  const minutes = Math.abs(aheadMs) / 60_000
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const offset = `${aheadMs < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
  return formatTime(ms + aheadMs).replace('Z', offset)
}
