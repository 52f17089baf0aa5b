import { type Job, jobs } from '#api'
import { hasCondition, keyOf, parseKey, type Stored } from '#machinery'
import { isNotFound } from '#machinery/status'
import { type Controller, watching } from '../runner/controller.ts'

/** Deletes finished Jobs when their time is over (upstream: pkg/controller/ttlafterfinished). */
export const ttlAfterFinishedController: Controller = {
  name: 'ttl-after-finished',
  workers: 5,
  permissions: [
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['delete', 'get', 'list', 'watch'] },
  ],
  start({ informers }) {
    const cache = informers.informer(jobs)
    return {
      watches: [watching(jobs, (job) => (expiryMs(job) === undefined ? [] : [keyOf(job)]))],
      async reconcile(key, { client, clock }) {
        const cached = cache.get(key)
        const cachedMs = cached && expiryMs(cached)
        if (cachedMs === undefined) return undefined
        const nowMs = clock.wallMs()
        if (cachedMs > nowMs) return { againInMs: cachedMs - nowMs }
        try {
          // The time may have been extended since: the API has the last word.
          const job = await client.get(jobs, parseKey(key))
          const atMs = expiryMs(job)
          if (atMs === undefined) return undefined
          if (atMs > nowMs) return { againInMs: atMs - nowMs }
          const { uid, resourceVersion } = job.metadata
          await client.delete(jobs, job.metadata, {
            propagationPolicy: 'Foreground',
            preconditions: { uid, resourceVersion },
          })
        } catch (error) {
          if (!isNotFound(error)) throw error
        }
        return undefined
      },
    }
  },
}

/** When a Job's time is over; undefined while it runs, or when it may stay. */
export function expiryMs({ metadata, spec, status }: Stored<Job>): number | undefined {
  const { ttlSecondsAfterFinished } = spec ?? {}
  if (ttlSecondsAfterFinished === undefined || metadata.deletionTimestamp) return undefined
  const conditions = status?.conditions ?? []
  const ended = conditions.find(
    ({ type }) => (type === 'Complete' || type === 'Failed') && hasCondition(conditions, type),
  )
  const endedMs = Date.parse(ended?.lastTransitionTime ?? '')
  return Number.isNaN(endedMs) ? undefined : endedMs + ttlSecondsAfterFinished * 1000
}
