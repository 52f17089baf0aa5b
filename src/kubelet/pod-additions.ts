import { type Pod, pods } from '#api'
import { type Change, createInformer } from '#client'
import { createFlag, type Flag, messageOf } from '#lib'
import { keyOf, type Stored } from '#machinery'
import type { AdmissionFailure } from './admission/admission-failure.ts'
import { type PodAdmitHandler, rejectedStatus } from './admission/admit-handler.ts'
import { createRejectionPause } from './admission/pause.ts'
import type { DeviceClaims } from './devices/device-claims.ts'
import { podUidOfLogs } from './logs/paths.ts'
import { podUidLabel } from './model/labels.ts'
import { observation } from './model/triggers.ts'
import type { PodShared } from './pod/pod-shared.ts'
import { createPodWorker, type PodWorker } from './workers/pod-worker.ts'
import type { SyncLoop } from './workers/sync-loop.ts'

/** Pods of which it could not be found out whether they fit are tried again after this long. */
const retryMs = 1_000

/** What is left of pods that are gone is looked for again after this long (upstream: housekeepingPeriod). */
const housekeepingMs = 2_000

/** What the addition of pods works with. */
export interface PodAdditions {
  readonly shared: PodShared
  readonly workers: Map<string, PodWorker>
  readonly admitHandler: PodAdmitHandler
  /** Takes devices back from pods that are gone. */
  readonly devices: Pick<DeviceClaims, 'run'>
  readonly syncLoop: SyncLoop
}

/** Runs one worker for each pod that is bound to this node; those that are not admitted are rejected (upstream: HandlePodAdditions). */
export async function followPods(additions: PodAdditions, signal: AbortSignal): Promise<void> {
  const { shared, workers, syncLoop } = additions
  const { client, clock, random, config, log } = shared.world
  const informer = createInformer({ client, clock, random }, pods, {
    fieldSelector: `spec.nodeName=${config.nodeName}`,
  })
  const waiting: Waiting = new Map()
  const added = createFlag()
  const informing = informer.run(signal)
  await informer.whenSynced(signal).catch(() => undefined)
  const take = ({ before, after }: Change<Pod>) => {
    if (before && before.metadata.uid !== after?.metadata.uid) {
      waiting.delete(before.metadata.uid)
      workers.get(before.metadata.uid)?.send({ kind: 'removed' })
    }
    if (!after) return
    const worker = workers.get(after.metadata.uid)
    if (worker) return worker.send({ kind: 'updated', pod: after })
    waiting.set(after.metadata.uid, after)
    added.raise()
  }
  informer.subscribe(whileGoing(syncLoop, take, signal))
  const admitting = admitPods(additions, waiting, added, signal)
  // What is bound here is not left over, also while nothing is taken on yet.
  const isHere = (uid: string) =>
    workers.has(uid) || informer.list().some(({ metadata }) => metadata.uid === uid)
  while (!signal.aborted) {
    try {
      await syncLoop.going(signal)
      await removeOrphans(shared, isHere, signal)
      break
    } catch (error) {
      if (!signal.aborted) log.warn('cannot remove orphaned pods', { error: messageOf(error) })
      await clock.sleep(housekeepingMs, signal).catch(() => undefined)
    }
  }
  // Before it is known what is bound here, every pod would count as gone.
  await Promise.all([informing, admitting, additions.devices.run(isHere, signal)])
}

/** Hands changes on in their order; those that come while nothing is taken on are kept until then. */
function whileGoing(
  syncLoop: SyncLoop,
  take: (change: Change<Pod>) => void,
  signal: AbortSignal,
): (change: Change<Pod>) => void {
  const kept: Change<Pod>[] = []
  const takeKept = async () => {
    await syncLoop.going(signal)
    for (const change of kept.splice(0)) take(change)
  }
  return (change) => {
    if (kept.length === 0 && syncLoop.isGoing()) return take(change)
    // Who stops the kubelet wants nothing taken any more.
    if (kept.push(change) === 1) void takeKept().catch(() => undefined)
  }
}

type Waiting = Map<string, Stored<Pod>>

/** Admits one pod after the other, the oldest first, so that each sees what those before it hold. */
async function admitPods(
  additions: PodAdditions,
  waiting: Waiting,
  added: Flag,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = additions.shared.world
  const running = new Set<Promise<void>>()
  const pauseMs = createRejectionPause(clock)
  while (!signal.aborted) {
    await added.raised(clock, undefined, signal).catch(() => undefined)
    added.clear()
    for (let next = oldestOf(waiting); next && !signal.aborted; next = oldestOf(waiting)) {
      const outcome = await admitPod(next, additions, { waiting, running }, signal)
      if (outcome === 'admitted') continue
      const waitMs = outcome === 'rejected' ? pauseMs() : retryMs
      await clock.sleep(waitMs, signal).catch(() => undefined)
    }
  }
  await Promise.all(running)
}

interface Moving {
  readonly waiting: Waiting
  /** The workers of those that are in. */
  readonly running: Set<Promise<void>>
}

async function admitPod(
  next: Stored<Pod>,
  additions: PodAdditions,
  { waiting, running }: Moving,
  signal: AbortSignal,
): Promise<'admitted' | 'rejected' | 'failed'> {
  const { shared, admitHandler } = additions
  const { uid } = next.metadata
  try {
    const rejection = await admitHandler.admit(next, signal)
    // It may have changed, or gone, meanwhile.
    const pod = waiting.get(uid)
    waiting.delete(uid)
    if (pod) start(pod, rejection, additions, { running, signal })
    return rejection ? 'rejected' : 'admitted'
  } catch (error) {
    const about = { pod: keyOf(next), error: messageOf(error) }
    if (!signal.aborted) shared.world.log.warn('cannot admit a pod', about)
    return 'failed'
  }
}

function start(
  pod: Stored<Pod>,
  rejection: AdmissionFailure | undefined,
  { shared, workers, syncLoop }: PodAdditions,
  { running, signal }: { readonly running: Set<Promise<void>>; readonly signal: AbortSignal },
): void {
  const worker = createPodWorker(pod, shared, { isRejected: isRejected(pod, rejection), syncLoop })
  workers.set(worker.uid, worker)
  if (rejection) rejectPod(worker, rejection, shared)
  if (pod.metadata.deletionTimestamp) worker.send({ kind: 'updated', pod })
  const run = worker.run(signal).then(
    () => {
      workers.delete(worker.uid)
      shared.statuses.forget(worker.uid)
    },
    (error) =>
      shared.world.log.error('a pod worker broke', { pod: keyOf(pod), error: messageOf(error) }),
  )
  running.add(run)
  void run.finally(() => running.delete(run))
}

function oldestOf(waiting: ReadonlyMap<string, Stored<Pod>>): Stored<Pod> | undefined {
  const age = ({ metadata }: Stored<Pod>) => metadata.creationTimestamp ?? ''
  return [...waiting.values()].reduce<Stored<Pod> | undefined>(
    (oldest, pod) => (oldest && age(oldest) <= age(pod) ? oldest : pod),
    undefined,
  )
}

/** Nothing of such a pod is on the node; one that is here already has to be stopped. */
function isRejected({ status }: Pod, rejection: AdmissionFailure | undefined): boolean {
  return rejection !== undefined && status?.startTime === undefined
}

function rejectPod(
  worker: PodWorker,
  rejection: AdmissionFailure,
  { world, statuses }: PodShared,
): void {
  const { pod } = worker
  world.events.event(pod, { type: 'Warning', ...rejection })
  const status = rejectedStatus(pod, rejection, world.clock.wallMs())
  if (isRejected(pod, rejection)) {
    const because = observation(`the node rejects the pod: ${rejection.message}`)
    statuses.set(pod, { status, because, couldHaveRunningContainers: false })
  } else {
    const failure = { reason: rejection.reason, message: status.message ?? '' }
    worker.send({ kind: 'killed', failure })
  }
}

/** What a pod left on the node that was deleted while the kubelet was away. */
async function removeOrphans(
  { world }: PodShared,
  isHere: (uid: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { runtime, host } = world
  const isOrphan = (uid: string | undefined) => uid !== undefined && uid !== '' && !isHere(uid)
  for (const { id, labels } of await runtime.listSandboxes({}, signal)) {
    if (!isOrphan(labels[podUidLabel])) continue
    await runtime.stopSandbox(id, signal)
    await runtime.removeSandbox(id, signal)
  }
  for (const { podUid, path } of await host.cgroups.listPods(signal)) {
    if (isOrphan(podUid)) await host.cgroups.remove(path, signal)
  }
  for (const uid of await host.pods.list(signal))
    if (isOrphan(uid)) await host.pods.remove(uid, signal)
  const { podLogs } = host.paths
  for (const name of (await host.files.list(podLogs, signal)) ?? [])
    if (isOrphan(podUidOfLogs(name))) await host.files.remove(`${podLogs}/${name}`, signal)
}
