import { type Job, jobs, type Pod, pods } from '#api'
import type { Informer } from '#client'
import { messageOf } from '#lib'
import {
  controllerOf,
  deepEqual,
  isInvalid,
  isNotFound,
  keyOf,
  type Stored,
  selectorFromObject,
} from '#machinery'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type ReconcileContext,
  watching,
} from '../controller.ts'
import { candidatesFor, claim, controllerIndex, controllerIndexValues } from '../shared/adoption.ts'
import { settleClaims, untilLeaving, untilSeen } from '../shared/claims.ts'
import { namespaceIsTerminating } from '../shared/namespaces.ts'
import { slowStart } from '../shared/slow-start.ts'
import { isTracked, type Observed, tally, trackingFinalizer } from './observed.ts'
import { judgeEnd, type Plan, planPods } from './plan.ts'
import { jobPod } from './pod.ts'
import { announcedEnd, eventsOf, isFinished, jobStatus } from './status.ts'

/** Runs pods to completion (upstream: pkg/controller/job). */
export const jobController: Controller = {
  name: 'job',
  workers: 5,
  permissions: [
    {
      apiGroups: ['batch'],
      resources: ['jobs'],
      verbs: ['get', 'list', 'patch', 'update', 'watch'],
    },
    { apiGroups: ['batch'], resources: ['jobs/status', 'jobs/finalizers'], verbs: ['update'] },
    {
      apiGroups: [''],
      resources: ['pods'],
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'],
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
  readonly jobs: Informer<Job>
  readonly pods: Informer<Pod>
}

function start({ informers }: ControllerContext): ControllerLoop {
  const indexes = { [controllerIndex]: controllerIndexValues, [jobIndex]: jobOf }
  const cache: Caches = {
    jobs: informers.informer(jobs),
    pods: informers.informer(pods, { indexes }),
  }
  return {
    watches: [watching(jobs, (job) => [keyOf(job)]), watching(pods, jobOf)],
    async reconcile(key, context) {
      const job = cache.jobs.get(key)
      // Pods of a Job that is gone are counted by nobody: nothing holds them any more.
      for (const pod of cache.pods.by(jobIndex, key)) {
        if (controllerOf(pod)?.uid !== job?.metadata.uid) await release(pod, context)
      }
      if (!job || (job.spec?.managedBy ?? ownName) !== ownName) return undefined
      return sync(job, cache, context)
    },
  }
}

/** Pods by the key of the Job that controls them, be it this Job or an earlier one of its name. */
const jobIndex = 'job'

function jobOf(pod: Stored<Pod>): readonly string[] {
  const owner = controllerOf(pod)
  return owner?.kind === 'Job' ? [`${pod.metadata.namespace}/${owner.name}`] : []
}

const ownName = 'kubernetes.io/job-controller'

async function sync(
  job: Stored<Job>,
  cache: Caches,
  context: ReconcileContext,
): Promise<{ readonly againInMs: number } | undefined> {
  const { client, clock } = context
  const claims = claim(job, selectorFromObject(job.spec?.selector), candidatesFor(job, cache.pods))
  const owned = await settleClaims(client, pods, { owner: job, kind: jobs }, claims)
  const observed: Observed = { job, pods: owned }
  if (isFinished(job)) {
    for (const pod of owned) await release(pod, context)
    return undefined
  }
  const nowMs = clock.wallMs()
  const counted = tally(observed)
  const end = announcedEnd(job) ?? judgeEnd(observed, counted, nowMs)
  const written = await writeStatus(job, jobStatus(observed, counted, { end, nowMs }), context)
  if (written) await untilSeen(cache.jobs, written, context)
  await releaseUncounted(written ?? job, owned, context)
  if (end) {
    // These count as failed once they have ended, so they keep their finalizer.
    for (const pod of counted.active) await deletePod(job, pod, context)
    return undefined
  }
  if (job.metadata.deletionTimestamp) return undefined
  const plan = planPods(observed, counted, nowMs)
  await execute(job, plan, cache, context)
  return againAfter(written ?? job, plan, nowMs)
}

async function releaseUncounted(
  { status }: Job,
  owned: readonly Stored<Pod>[],
  context: ReconcileContext,
): Promise<void> {
  const { succeeded = [], failed = [] } = status?.uncountedTerminatedPods ?? {}
  const ended = new Set([...succeeded, ...failed])
  for (const pod of owned) if (ended.has(pod.metadata.uid)) await release(pod, context)
}

/** The end of the back-off or of the whole Job's time, whichever is first. */
function againAfter(
  { spec, status }: Job,
  { againInMs }: Plan,
  nowMs: number,
): { readonly againInMs: number } | undefined {
  const { activeDeadlineSeconds, suspend } = spec ?? {}
  const startMs = Date.parse(status?.startTime ?? '')
  const waits = againInMs === undefined ? [] : [againInMs]
  if (activeDeadlineSeconds !== undefined && !suspend && !Number.isNaN(startMs)) {
    waits.push(Math.max(0, startMs + activeDeadlineSeconds * 1000 - nowMs))
  }
  return waits.length > 0 ? { againInMs: Math.min(...waits) } : undefined
}

async function execute(
  job: Stored<Job>,
  plan: Plan,
  cache: Caches,
  context: ReconcileContext,
): Promise<void> {
  for (const pod of plan.remove) {
    // The Job itself gives these up: they are neither successes nor failures.
    await release(pod, context)
    await deletePod(job, pod, context)
    await untilLeaving(cache.pods, pod, context)
  }
  const made: Stored<Pod>[] = []
  const { error } = await slowStart(plan.create.length, async (at) => {
    made.push(await createPod(job, plan.create[at], context))
  })
  for (const pod of made) await untilSeen(cache.pods, pod, context)
  if (error !== undefined && !namespaceIsTerminating(error)) throw error
}

async function createPod(
  job: Stored<Job>,
  index: number | undefined,
  { client, events }: ReconcileContext,
): Promise<Stored<Pod>> {
  try {
    const pod = await client.create(pods, jobPod(job, index))
    const message = `Created pod: ${pod.metadata.name}`
    events.event(job, { type: 'Normal', reason: 'SuccessfulCreate', message })
    return pod
  } catch (error) {
    const message = `Error creating: ${messageOf(error)}`
    if (!namespaceIsTerminating(error)) {
      events.event(job, { type: 'Warning', reason: 'FailedCreate', message })
    }
    throw error
  }
}

async function deletePod(
  job: Stored<Job>,
  pod: Stored<Pod>,
  { client, events }: ReconcileContext,
): Promise<void> {
  try {
    await client.delete(pods, pod.metadata, { preconditions: { uid: pod.metadata.uid } })
    const message = `Deleted pod: ${pod.metadata.name}`
    events.event(job, { type: 'Normal', reason: 'SuccessfulDelete', message })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** Takes the tracking finalizer off a pod. */
async function release(pod: Stored<Pod>, { client }: ReconcileContext): Promise<void> {
  if (!isTracked(pod)) return
  const { uid } = pod.metadata
  const patch = { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } }
  try {
    await client.patch(pods, pod.metadata, { kind: 'strategic', patch })
  } catch (error) {
    if (!isNotFound(error) && !isInvalid(error)) throw error
  }
}

async function writeStatus(
  job: Stored<Job>,
  status: NonNullable<Job['status']>,
  { client, events }: ReconcileContext,
): Promise<Stored<Job> | undefined> {
  if (deepEqual(status, job.status ?? {})) return undefined
  const written = await client.update(jobs, { ...job, status }, { subresource: 'status' })
  for (const event of eventsOf(job, status)) events.event(job, event)
  return written
}
