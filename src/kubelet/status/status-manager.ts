import { type ContainerState, type Pod, type PodStatus, pods } from '#api'
import type { Client } from '#client'
import { type Clock, createWorkQueue, type Logger, messageOf, type WorkQueue } from '#lib'
import { deepEqual, isNewer, keyOf, type Stored, type Trigger } from '#machinery'
import { isConflict, isNotFound } from '#machinery/status'
import { changeOf, observation, ordinary } from '../model/triggers.ts'
import { ownDisruption, withDisruption } from './disruption.ts'

/**
 * The status manager carries statuses to the API in the background. The newest status of a pod wins, but no end of a
 * container and no start that failed is passed over: who watches sees `Error` before
 * `CrashLoopBackOff`, and what was wrong before each wait. Upstream looks at a pod once a second, which
 * keeps them apart.
 */
export interface StatusManager {
  /** Sets what the API should show of a pod. */
  set(pod: Stored<Pod>, update: StatusUpdate): void
  /** Takes note of what the API shows; where others have written over a status it is written again in a while. */
  reconcile(pod: Stored<Pod>): void
  /** Gives the newest status set for this pod, whether or not it has reached the API. */
  get(uid: string): PodStatus | undefined
  /** Notes that the pod's resources are gone; the object is deleted once its end is on record (upstream: TerminatePod). */
  finish(pod: Stored<Pod>): void
  forget(uid: string): void
  run(signal: AbortSignal): Promise<void>
}

/** A status as the kubelet sees it. */
interface StatusUpdate {
  readonly status: PodStatus
  /** The cause of the write. */
  readonly because: Trigger
  /**
   * Whether a container of the pod may still run. While it may, an end that the kubelet has decided
   * is not shown by the API: who reads there that a pod has ended gives away what it held, or makes
   * another one in its place.
   */
  readonly couldHaveRunningContainers: boolean
}

interface Entry extends StatusUpdate {
  /** The newest state of the object that the kubelet has seen. */
  readonly pod: Stored<Pod>
  readonly finished: boolean
  /** One that has to be told before. */
  readonly before?: StatusUpdate
}

export interface StatusManagerWorld {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  /** `kubelet/<node>`, the actor in causes. */
  readonly actor: string
}

/** For how long others may read what was written over a status of the kubelet (upstream: syncPeriod). */
const overwrittenMs = 10_000

/** Status writes at the same time. */
const writers = 4

interface Self {
  readonly world: StatusManagerWorld
  /** By the uid of the pod. */
  readonly entries: Map<string, Entry>
  /** What has reached the API. */
  readonly written: WeakSet<PodStatus>
  readonly queue: WorkQueue
}

export function createStatusManager(world: StatusManagerWorld): StatusManager {
  const queue = createWorkQueue(world.clock)
  const self: Self = { world, queue, entries: new Map(), written: new WeakSet() }
  const { entries, written } = self
  const reconcile = (pod: Stored<Pod>) => {
    const { uid } = pod.metadata
    const held = entries.get(uid)
    if (!held || held.finished || !isNewer(pod, held.pod)) return
    const isOver = isOverwritten(pod, held)
    entries.set(uid, { ...held, pod, ...(isOver && { because: changeOf(pod) }) })
    if (isOver) queue.addAfter(uid, overwrittenMs)
  }
  return {
    reconcile,
    get: (uid) => entries.get(uid)?.status,
    set(pod, update) {
      const { uid } = pod.metadata
      const held = entries.get(uid)
      if (held && isSame(update, held) && held.finished === false) return reconcile(pod)
      const before = held && unwrittenCause(held, update.status, written)
      const finished = held?.finished ?? false
      const newest = newestOf(pod, held)
      entries.set(uid, { ...update, pod: newest, finished, ...(before && { before }) })
      queue.add(uid)
    },
    finish(pod) {
      const held = entries.get(pod.metadata.uid)
      const status = held?.status ?? pod.status ?? {}
      const because = held?.because ?? observation('all resources of the pod are gone')
      const before = held?.before
      const newest = newestOf(pod, held)
      const last = { status, because, couldHaveRunningContainers: false }
      const entry = { ...last, pod: newest, finished: true, ...(before && { before }) }
      entries.set(pod.metadata.uid, entry)
      queue.add(pod.metadata.uid)
    },
    forget: (uid) => void entries.delete(uid),
    async run(signal) {
      signal.addEventListener('abort', () => queue.close(), { once: true })
      if (signal.aborted) queue.close()
      await Promise.all(Array.from({ length: writers }, () => writeAll(self)))
    },
  }
}

/** A worker knows of a pod what its watch has brought, which may be older than what was written. */
function newestOf(pod: Stored<Pod>, held: Entry | undefined): Stored<Pod> {
  return held && !isNewer(pod, held.pod) ? held.pod : pod
}

/**
 * Somebody else wrote what is the kubelet's to say, as the node lifecycle controller does with Ready
 * while the node is silent (upstream: needsReconcile).
 */
function isOverwritten({ status: shown = {} }: Stored<Pod>, held: Entry): boolean {
  return !deepEqual(shown, mergeStatus(shown, held))
}

function isSame(some: StatusUpdate, other: StatusUpdate): boolean {
  if (some.couldHaveRunningContainers !== other.couldHaveRunningContainers) return false
  return deepEqual(some.status, other.status)
}

async function writeAll(self: Self): Promise<void> {
  const { queue, entries, world } = self
  for (;;) {
    const uid = await queue.take()
    if (uid === undefined) return
    await world.clock.turn()
    const entry = entries.get(uid)
    const retry = entry !== undefined && (await writeInOrder(entry, self))
    if (retry) queue.addRateLimited(uid)
    else queue.forget(uid)
    queue.done(uid)
  }
}

/** What the newest status would hide: why a container waits now, which has not been told yet. */
function unwrittenCause(
  held: Entry,
  status: PodStatus,
  written: WeakSet<PodStatus>,
): Entry['before'] | undefined {
  if (written.has(held.status)) return undefined
  const reasons = new Map(statusesIn(status).map(({ name, state }) => [name, reasonOf(state)]))
  const isHidden = statusesIn(held.status).some(({ name, state }) => {
    const reason = reasons.get(name)
    if (reason === undefined) return false
    return state?.terminated !== undefined || isFailure(reasonOf(state), reason)
  })
  if (!isHidden) return held.before
  const { because, couldHaveRunningContainers } = held
  return { status: held.status, because, couldHaveRunningContainers }
}

function reasonOf(state: ContainerState | undefined): string | undefined {
  return state?.waiting && (state.waiting.reason ?? '')
}

/** Whether a container waited for another reason than now, and not only for its first start. */
function isFailure(reason: string | undefined, now: string): boolean {
  return reason !== undefined && reason !== now && !ordinary.has(reason)
}

function statusesIn({ initContainerStatuses = [], containerStatuses = [] }: PodStatus) {
  return [...initContainerStatuses, ...containerStatuses]
}

/** True when it has to be tried again. */
async function writeInOrder(entry: Entry, self: Self): Promise<boolean> {
  const { before } = entry
  const isHidden = before && !self.written.has(before.status)
  if (isHidden && (await writeOrExplain({ ...entry, ...before, finished: false }, self)))
    return true
  return writeOrExplain(entry, self)
}

/** True when it has to be tried again. */
async function writeOrExplain(entry: Entry, self: Self): Promise<boolean> {
  const { world, written } = self
  try {
    await write(entry, self)
    written.add(entry.status)
    return false
  } catch (error) {
    if (isNotFound(error)) return false
    if (!isConflict(error)) {
      const pod = keyOf(entry.pod)
      world.log.warn('cannot write the status of a pod', { pod, error: messageOf(error) })
    }
    return true
  }
}

/**
 * Written first over what is known, as the node's status is, and when that was not the newest, over
 * what the API has.
 */
async function write(entry: Entry, self: Self): Promise<void> {
  const { world, entries } = self
  const { uid } = entry.pod.metadata
  const client = world.client.because({ actor: world.actor, trigger: entry.because })
  try {
    await writeOver(entries.get(uid)?.pod ?? entry.pod, { ...entry, client }, self)
  } catch (error) {
    if (!isConflict(error)) throw error
    const current = await client.get(pods, entry.pod.metadata)
    if (current.metadata.uid === uid) await writeOver(current, { ...entry, client }, self)
  }
}

async function writeOver(
  current: Stored<Pod>,
  { client, ...entry }: Entry & { readonly client: Client },
  { entries }: Self,
): Promise<void> {
  const { uid } = current.metadata
  const merged = mergeStatus(current.status ?? {}, entry)
  const written = deepEqual(current.status ?? {}, merged)
    ? current
    : await client.update(pods, { ...current, status: merged }, { subresource: 'status' })
  const held = entries.get(uid)
  if (held && isNewer(written, held.pod)) entries.set(uid, { ...held, pod: written })
  if (entry.finished && canBeDeleted(written)) {
    await client.delete(pods, current.metadata, { gracePeriodSeconds: 0, preconditions: { uid } })
  }
}

/**
 * What the API is to show: conditions that others own stay as it has them, and so does the phase
 * with what explains it, as long as a pod that is to end may have running containers (upstream:
 * mergePodStatus).
 */
function mergeStatus(
  current: PodStatus,
  { status, couldHaveRunningContainers }: StatusUpdate,
): PodStatus {
  const ends = hasEnded(status) && !hasEnded(current)
  const own = new Set([
    'PodReadyToStartContainers',
    'Initialized',
    'Ready',
    'ContainersReady',
    'PodScheduled',
    'PodResizePending',
    'PodResizeInProgress',
  ])
  const foreign = (current.conditions ?? []).filter(({ type }) => !own.has(type))
  const ours = (status.conditions ?? []).filter(({ type }) => own.has(type))
  const disruption =
    ends && !couldHaveRunningContainers ? ownDisruption(status.conditions) : undefined
  const theirs = disruption ? withDisruption(foreign, disruption) : foreign
  const { resize, nominatedNodeName, qosClass } = current
  const { phase: _phase, reason: _reason, message: _message, ...others } = status
  return {
    ...(ends && couldHaveRunningContainers ? { ...others, ...explainedPhase(current) } : status),
    conditions: [...theirs, ...ours],
    ...(resize === undefined ? {} : { resize }),
    ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
    ...(qosClass === undefined ? {} : { qosClass }),
  }
}

function explainedPhase({ phase, reason, message }: PodStatus): PodStatus {
  return { ...(phase && { phase }), ...(message && { message }), ...(reason && { reason }) }
}

function hasEnded({ phase }: PodStatus): boolean {
  return phase === 'Succeeded' || phase === 'Failed'
}

/** The object goes when it is to be deleted, its containers are gone, and the API knows how it ended. */
function canBeDeleted(pod: Stored<Pod>): boolean {
  return pod.metadata.deletionTimestamp !== undefined && hasEnded(pod.status ?? {})
}
