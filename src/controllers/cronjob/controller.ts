import { type CronJob, type CronJobStatus, cronJobs, type Job, jobs } from '#api'
import type { Change, Informer } from '#client'
import { messageOf } from '#lib'
import { controllerOf, deepEqual, formatTime, keyOf, type Stored } from '#machinery'
import { isAlreadyExists, isNotFound } from '#machinery/status'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type ReconcileContext,
  watching,
} from '../runner/controller.ts'
import { untilLeaving, untilObserved } from '../shared/claims.ts'
import { namespaceIsTerminating } from '../shared/namespaces.ts'
import { account, withActive } from './account.ts'
import { beyondLimits } from './history.ts'
import { scheduledJob } from './job.ts'
import { type CronJobStart, planStart, untilNextMs } from './plan.ts'

/** Makes Jobs at the times of a schedule (upstream: pkg/controller/cronjob, version 2). */
export const cronJobController: Controller = {
  name: 'cronjob',
  workers: 5,
  permissions: [
    {
      apiGroups: ['batch'],
      resources: ['cronjobs'],
      verbs: ['get', 'list', 'update', 'watch'],
    },
    {
      apiGroups: ['batch'],
      resources: ['jobs'],
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    },
    {
      apiGroups: ['batch'],
      resources: ['cronjobs/status', 'cronjobs/finalizers'],
      verbs: ['update'],
    },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
  start,
}

interface Caches {
  readonly cronJobs: Informer<CronJob>
  readonly jobs: Informer<Job>
}

/** Jobs by the key of the CronJob that controls them. */
const cronJobIndex = 'cronjob'

function start({ informers, clock }: ControllerContext): ControllerLoop {
  const cache: Caches = {
    cronJobs: informers.informer(cronJobs),
    jobs: informers.informer(jobs, { indexes: { [cronJobIndex]: cronJobOf } }),
  }
  return {
    watches: [
      watching(
        cronJobs,
        (cronJob) => [keyOf(cronJob)],
        (change) => waitOf(change, clock.wallMs()),
      ),
      watching(jobs, cronJobOf),
    ],
    async reconcile(key, context) {
      const cronJob = cache.cronJobs.get(key)
      return cronJob && sync(cronJob, cache, context)
    },
  }
}

function cronJobOf(job: Stored<Job>): readonly string[] {
  const owner = controllerOf(job)
  return owner?.kind === 'CronJob' ? [`${job.metadata.namespace}/${owner.name}`] : []
}

/** A schedule that changes asks for nothing before its next time (upstream: updateCronJob). */
function waitOf({ before, after }: Change<CronJob>, nowMs: number): number {
  if (!before || !after) return 0
  const [was, is] = [before.spec, after.spec]
  if (was.schedule === is.schedule && was.timeZone === is.timeZone) return 0
  return untilNextMs(after, nowMs) ?? 0
}

interface Syncing {
  readonly cache: Caches
  readonly context: ReconcileContext
}

async function sync(
  cached: Stored<CronJob>,
  cache: Caches,
  context: ReconcileContext,
): Promise<{ readonly againInMs: number } | undefined> {
  const syncing = { cache, context }
  const own = cache.jobs.by(cronJobIndex, keyOf(cached))
  const kept = await cleanUp(cached, own, syncing)
  const known = await takeStock(kept, own, syncing)
  const nowMs = context.clock.wallMs()
  const decision = planStart(known, nowMs)
  recordEvents(known, decision.events, context)
  let after = known
  try {
    if (decision.kind === 'start') after = await run(known, decision, syncing)
  } finally {
    await writeStatus(cached, after, syncing)
  }
  const againInMs = decision.kind === 'wait' ? decision.againInMs : untilNextMs(after, nowMs)
  if (decision.kind === 'nothing' || againInMs === undefined) return undefined
  return { againInMs }
}

type Events = readonly Parameters<ReconcileContext['events']['event']>[1][]

function recordEvents(
  cronJob: Stored<CronJob>,
  recorded: Events,
  { events }: ReconcileContext,
): void {
  for (const event of recorded) events.event(cronJob, event)
}

function withStatus(cronJob: Stored<CronJob>, status: CronJobStatus): Stored<CronJob> {
  return { ...cronJob, status }
}

/** Removes the oldest Jobs that have ended. */
async function cleanUp(
  cronJob: Stored<CronJob>,
  own: readonly Stored<Job>[],
  syncing: Syncing,
): Promise<Stored<CronJob>> {
  let after = cronJob
  for (const job of beyondLimits(cronJob, own)) {
    if (job.metadata.deletionTimestamp) continue
    after = (await deleteJob(after, job, syncing)) ?? after
  }
  return after
}

/** The CronJob without the Job; undefined when it could not be deleted. */
async function deleteJob(
  cronJob: Stored<CronJob>,
  job: Stored<Job>,
  { cache, context }: Syncing,
): Promise<Stored<CronJob> | undefined> {
  const { name, uid } = job.metadata
  const { client, events } = context
  try {
    await client.delete(jobs, job.metadata, { propagationPolicy: 'Background' })
  } catch (error) {
    const message = `Deleted job: ${messageOf(error)}`
    events.event(cronJob, { type: 'Warning', reason: 'FailedDelete', message })
    return undefined
  }
  const message = `Deleted job ${name}`
  events.event(cronJob, { type: 'Normal', reason: 'SuccessfulDelete', message })
  await untilLeaving(cache.jobs, job, context)
  const active = cronJob.status?.active?.filter((each) => each.uid !== uid) ?? []
  return withStatus(cronJob, withActive(cronJob.status ?? {}, active))
}

/** The CronJob with what is known of its Jobs; the API has the last word on those that surprise. */
async function takeStock(
  cached: Stored<CronJob>,
  own: readonly Stored<Job>[],
  { context }: Syncing,
): Promise<Stored<CronJob>> {
  const { client } = context
  let cronJob = cached
  let found = account(cronJob, own)
  if (found.unknown.length > 0) {
    const live = await client.get(cronJobs, cronJob.metadata)
    const known = new Set(live.status?.active?.map(({ uid }) => uid))
    if (found.unknown.some(({ metadata }) => known.has(metadata.uid))) {
      cronJob = live
      found = account(live, own)
    }
  }
  for (const { metadata } of found.unknown) {
    const message = `Saw a job that the controller did not create or forgot: ${metadata.name}`
    recordEvents(cronJob, [{ type: 'Warning', reason: 'UnexpectedJob', message }], context)
  }
  recordEvents(cronJob, found.events, context)
  const gone = new Set<string | undefined>()
  for (const { namespace = '', name = '', uid } of found.missing) {
    const job = await orNothing(client.get(jobs, { namespace, name }))
    if (job) continue
    const message = `Active job went missing: ${name}`
    recordEvents(cronJob, [{ type: 'Normal', reason: 'MissingJob', message }], context)
    gone.add(uid)
  }
  const active = found.status.active?.filter(({ uid }) => !gone.has(uid)) ?? []
  return withStatus(cronJob, withActive(found.status, active))
}

async function orNothing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Makes the Job of a time, after those that it replaces are gone; the CronJob that knows of it. */
async function run(
  cronJob: Stored<CronJob>,
  { scheduledMs, replace }: CronJobStart,
  syncing: Syncing,
): Promise<Stored<CronJob>> {
  const { client, events } = syncing.context
  let before = cronJob
  for (const { namespace = '', name = '' } of replace) {
    const old = await client.get(jobs, { namespace, name }).catch((error) => {
      const message = `Get job: ${messageOf(error)}`
      events.event(cronJob, { type: 'Warning', reason: 'FailedGet', message })
      throw error
    })
    const without = await deleteJob(before, old, syncing)
    if (!without) throw new Error(`could not replace job ${namespace}/${name}`)
    before = without
  }
  const job = await make(before, scheduledMs, syncing)
  if (!job) return before
  const { namespace, name, uid, resourceVersion } = job.metadata
  const { active = [] } = before.status ?? {}
  const reference = {
    ...{ apiVersion: 'batch/v1', kind: 'Job', name, uid, resourceVersion },
    ...(namespace === undefined ? {} : { namespace }),
  }
  const lastScheduleTime = formatTime(scheduledMs)
  return withStatus(before, {
    ...withActive(before.status ?? {}, [...active, reference]),
    lastScheduleTime,
  })
}

/** A Job that is there already may be one of which an earlier look could not tell any more. */
async function make(
  cronJob: Stored<CronJob>,
  scheduledMs: number,
  { cache, context }: Syncing,
): Promise<Stored<Job> | undefined> {
  const { client, events } = context
  const wanted = scheduledJob(cronJob, scheduledMs)
  try {
    const job = await client.create(jobs, wanted)
    const message = `Created job ${job.metadata.name}`
    events.event(cronJob, { type: 'Normal', reason: 'SuccessfulCreate', message })
    await untilObserved(cache.jobs, job, context)
    return job
  } catch (error) {
    if (isAlreadyExists(error)) {
      const { namespace = '', name = '' } = wanted.metadata
      const job = await client.get(jobs, { namespace, name })
      const isKnown = cronJob.status?.active?.some(({ uid }) => uid === job.metadata.uid)
      return controllerOf(job)?.uid === cronJob.metadata.uid && !isKnown ? job : undefined
    }
    if (!namespaceIsTerminating(error)) {
      const message = `Error creating job: ${messageOf(error)}`
      events.event(cronJob, { type: 'Warning', reason: 'FailedCreate', message })
    }
    throw error
  }
}

async function writeStatus(
  cached: Stored<CronJob>,
  after: Stored<CronJob>,
  { cache, context }: Syncing,
): Promise<void> {
  if (deepEqual(after.status ?? {}, cached.status ?? {})) return
  const written = await context.client.update(cronJobs, after, { subresource: 'status' })
  await untilObserved(cache.cronJobs, written, context)
}
