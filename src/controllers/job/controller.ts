import { isPodReady, type Job, jobs, type Pod, pods } from '#api'
import type { Change, Informer } from '#client'
import { controllerOf, deepEqual, keyOf, type Stored } from '#machinery'
import { selectorFromObject } from '#machinery/selectors'
import { isInvalid, isNotFound } from '#machinery/status'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type ReconcileContext,
  watching,
} from '../runner/controller.ts'
import { candidatesFor, claim, controllerIndex, controllerIndexValues } from '../shared/adoption.ts'
import { settleClaims, untilLeaving, untilObserved } from '../shared/claims.ts'
import { namespaceIsTerminating } from '../shared/namespaces.ts'
import { createPod } from '../shared/pod-control.ts'
import { slowStart } from '../shared/slow-start.ts'
import type { PodBackOff } from './back-off.ts'
import { isFinished } from './end.ts'
import { judgeCompletion, judgeEnd } from './judge.ts'
import { isTracked, type Observed, trackingFinalizer } from './observed.ts'
import { planPods } from './plan.ts'
import { jobPod } from './pod.ts'
import { countingStatus, eventsOf, type Pass, settledStatus } from './status.ts'
import { type PodTally, tally } from './tally.ts'

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
  /** By the Job's key. */
  readonly backOffs: Map<string, { readonly uid: string; readonly backOff: PodBackOff }>
}

/** What happens to pods is looked at together (upstream: syncJobBatchPeriod). */
const batchMs = 1_000

function start({ informers }: ControllerContext): ControllerLoop {
  const indexes = { [controllerIndex]: controllerIndexValues, [jobIndex]: jobOf }
  const cache: Caches = {
    jobs: informers.informer(jobs),
    pods: informers.informer(pods, { indexes }),
    backOffs: new Map(),
  }
  const orphans = (pod: Stored<Pod>) => orphanOf(pod, cache)
  return {
    watches: [
      watching(jobs, (job) => [keyOf(job)], batchOf),
      watching(pods, jobOf, () => batchMs),
      // Nobody counts them any more, so that nobody waits for more of them.
      watching(pods, orphans),
      watching(pods, strayKey),
    ],
    reconcile: (key, context) =>
      key.startsWith(strayPrefix)
        ? releaseStray(key.slice(strayPrefix.length), cache, context)
        : reconcileJob(key, cache, context),
  }
}

async function reconcileJob(
  key: string,
  cache: Caches,
  context: ReconcileContext,
): Promise<{ readonly againInMs: number } | undefined> {
  const job = cache.jobs.get(key)
  // Pods of a Job that is gone are counted by nobody: nothing holds them any more.
  for (const pod of cache.pods.by(jobIndex, key)) {
    if (controllerOf(pod)?.uid !== job?.metadata.uid) await release(pod, context)
  }
  if (!job || isFinished(job)) cache.backOffs.delete(key)
  if (!job || (job.spec?.managedBy ?? ownName) !== ownName) return undefined
  return sync(job, cache, context)
}

async function releaseStray(
  key: string,
  cache: Caches,
  context: ReconcileContext,
): Promise<undefined> {
  const pod = cache.pods.get(key)
  if (pod && strayKey(pod).length > 0) await release(pod, context)
}

/** A Job's own status is news of its pods; only what its author changes is looked at at once. */
function batchOf({ before, after }: Change<Job>): number {
  return before && after?.metadata.generation === before.metadata.generation ? batchMs : 0
}

/** The Job that was to count the pod, where it is gone. */
function orphanOf(pod: Stored<Pod>, { jobs: cache }: Caches): readonly string[] {
  return jobOf(pod).filter((key) => cache.get(key)?.metadata.uid !== controllerOf(pod)?.uid)
}

/** No Job has a slash in its namespace. */
const strayPrefix = 'pods/'

/** A pod that its Job has let go of, or that was left behind, and that nobody will count (upstream: orphanQueue). */
function strayKey(pod: Stored<Pod>): readonly string[] {
  return isTracked(pod) && !controllerOf(pod) ? [`${strayPrefix}${keyOf(pod)}`] : []
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
  const owned = await ownPods(job, cache, context)
  if (isFinished(job)) {
    for (const pod of owned) await release(pod, context)
    return undefined
  }
  const held = cache.backOffs.get(keyOf(job))
  const backOff = held?.uid === job.metadata.uid ? held.backOff : undefined
  const observed: Observed = { job, pods: owned, backOff }
  const counted = tally(observed)
  const nowMs = context.clock.wallMs()
  const judged = judgeEnd(observed, counted, nowMs)
  const acted = judged
    ? await stopPods(job, counted, context)
    : await managePods(observed, counted, cache, context)
  const end = judged ?? judgeCompletion(job, counted, acted.active)
  const written = await track(observed, counted, { ...acted, end, nowMs }, { cache, context })
  if (acted.error !== undefined) throw acted.error
  return againAfter(written, end ? undefined : acted.againInMs, nowMs)
}

/** What is the Job's, with what it adopts: that is to be counted as well. */
async function ownPods(
  job: Stored<Job>,
  cache: Caches,
  { client }: ReconcileContext,
): Promise<readonly Stored<Pod>[]> {
  const claims = claim(job, selectorFromObject(job.spec?.selector), candidatesFor(job, cache.pods))
  const owned = await settleClaims(client, pods, { owner: job, kind: jobs }, claims)
  const adopted = new Set(claims.adopt.map(({ metadata }) => metadata.uid))
  return Promise.all(
    owned.map((pod) => {
      const { uid } = pod.metadata
      if (!adopted.has(uid) || isTracked(pod)) return pod
      const patch = { metadata: { uid, finalizers: [trackingFinalizer] } }
      return client.patch(pods, pod.metadata, { kind: 'strategic', patch })
    }),
  )
}

interface Acted extends Pick<Pass, 'active' | 'ready' | 'terminating' | 'isManaged'> {
  readonly againInMs?: number
  /** What could not be done; the status is told all the same. */
  readonly error?: unknown
}

/** A Job that ends needs none any more; their finalizers go when its status says so. */
async function stopPods(
  job: Stored<Job>,
  { active, terminating }: PodTally,
  context: ReconcileContext,
): Promise<Acted> {
  for (const pod of active) await deletePod(job, pod, context)
  return {
    active: 0,
    ready: 0,
    terminating: terminating.length + active.length,
    isManaged: false,
  }
}

async function managePods(
  observed: Observed,
  counted: PodTally,
  cache: Caches,
  context: ReconcileContext,
): Promise<Acted> {
  const { job } = observed
  const { active, terminating } = counted
  const base = {
    active: active.length,
    ready: readyOf(active),
    terminating: terminating.length,
  }
  if (job.metadata.deletionTimestamp) return { ...base, isManaged: false }
  const plan = planPods(observed, counted, context.clock.wallMs())
  for (const pod of plan.remove) {
    // The Job itself gives these up: they are neither successes nor failures.
    await release(pod, context)
    await deletePod(job, pod, context)
    await untilLeaving(cache.pods, pod, context)
  }
  const made: Stored<Pod>[] = []
  const { error } = await slowStart(plan.create.length, async (at) => {
    const index = plan.create[at]
    made.push(await createPod(job, jobPod(job, index, replacedBy(index, counted)), context))
  })
  for (const pod of made) await untilObserved(cache.pods, pod, context)
  const isWorth = error !== undefined && !namespaceIsTerminating(error)
  return {
    active: active.length - plan.remove.length + made.length,
    ready: readyOf(active) - readyOf(plan.remove),
    terminating: terminating.length + plan.remove.length,
    isManaged: true,
    ...(plan.againInMs === undefined ? {} : { againInMs: Math.max(batchMs, plan.againInMs) }),
    ...(isWorth ? { error } : {}),
  }
}

function replacedBy(index: number | undefined, { toReplace }: PodTally): Stored<Pod> | undefined {
  return index === undefined ? undefined : toReplace.get(index)
}

function readyOf(active: readonly Stored<Pod>[]): number {
  return active.filter((pod) => isPodReady(pod)).length
}

interface Writing {
  readonly cache: Caches
  readonly context: ReconcileContext
}

/** Tells what has ended, lets go of it, and tells that it is counted (upstream: trackJobStatusAndRemoveFinalizers). */
async function track(
  observed: Observed,
  counted: PodTally,
  pass: Pass,
  { cache, context }: Writing,
): Promise<Stored<Job>> {
  const { job } = observed
  const { status, release: ended } = countingStatus(observed, counted, pass)
  const updated = await writeStatus(job, status, { cache, context })
  cache.backOffs.set(keyOf(job), { uid: job.metadata.uid, backOff: counted.backOff })
  for (const pod of ended) await release(pod, context)
  const gone = new Set(ended)
  const left = observed.pods.map((pod) => (gone.has(pod) ? withoutFinalizer(pod) : pod))
  return writeStatus(updated, settledStatus({ job: updated, pods: left }, pass), { cache, context })
}

function withoutFinalizer(pod: Stored<Pod>): Stored<Pod> {
  const finalizers = pod.metadata.finalizers?.filter((each) => each !== trackingFinalizer) ?? []
  return { ...pod, metadata: { ...pod.metadata, finalizers } }
}

/** The end of the back-off or of the whole Job's time, whichever is first. */
function againAfter(
  { spec, status }: Job,
  againInMs: number | undefined,
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
  { cache, context }: Writing,
): Promise<Stored<Job>> {
  if (deepEqual(status, job.status ?? {})) return job
  const { client, events } = context
  const written = await client.update(jobs, { ...job, status }, { subresource: 'status' })
  for (const event of eventsOf(job, status)) events.event(job, event)
  await untilObserved(cache.jobs, written, context)
  return written
}
