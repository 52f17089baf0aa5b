import type { Pod, PodStatus } from '#api'
import { type LinkedAbort, linkedAbort, messageOf } from '#lib'
import type { Stored, Trigger } from '#machinery'
import { type CrashBackOff, createCrashBackOff } from '../containers/crash-back-off.ts'
import { stopAll } from '../containers/stop.ts'
import { readTerminationMessage } from '../containers/termination-message.ts'
import { SyncError } from '../model/errors.ts'
import {
  nothingObserved,
  type ObservedContainer,
  type ObservedPod,
  observePod,
  shownBy,
  standingOf,
  withoutContainer,
} from '../model/observed.ts'
import { changeOf, containerNews, saw } from '../model/triggers.ts'
import { createWakeUp, type WakeUp } from '../pod/inbox.ts'
import {
  type Failure,
  newPod,
  type PodMachine,
  type StopCause,
  step,
  turnedAwayPod,
} from '../pod/machine.ts'
import { isAsPlanned } from '../pod/plan.ts'
import { asksForSync } from '../pod/pod-change.ts'
import type { PodShared } from '../pod/pod-shared.ts'
import { createRefresh, type Refresh } from '../pod/refresh.ts'
import { cleanUp } from '../pod/steps/clean-up.ts'
import { syncPod } from '../pod/steps/sync-pod.ts'
import { createPodProbes, type PodProbes, verdictsOf } from '../probes/pod-probes.ts'
import type { WaitingReason } from '../status/container-status.ts'
import { type ForcedEnd, generateStatus } from '../status/generate.ts'
import { createPodMounts, type PodMounts } from '../volumes/pod-mounts.ts'

/** One pod's way through the kubelet: one loop, one step at a time, states in `pod-machine.ts`. */
export interface PodWorker {
  readonly uid: string
  /** The pod as the API has it now. */
  update(pod: Stored<Pod>): void
  /** The object is gone from the API. */
  removed(): void
  /** Something about the pod may have changed; `why` becomes the cause of what follows. */
  wake(why: string): void
  /** The runtime tells that something has happened to the pod's containers; `gone` was removed. */
  happened(what: string, gone?: string): void
  /** Stops the pod for a reason of the kubelet's own. */
  fail(why: Failure): void
  readonly pod: Stored<Pod>
  readonly observed: ObservedPod
  readonly isFinished: boolean
  /** What it asks of the node is taken: it has come in, and has not ended yet. */
  readonly holdsNode: boolean
  run(signal: AbortSignal): Promise<void>
}

/** A sync that failed is tried again after this long (upstream: backOffPeriod), with jitter. */
const retryMs = 10_000
/** Containers that could not be stopped are tried again after this long. */
const stopRetryMs = 1_000

/** All that a worker knows; derived again from the API and the runtime after a restart. */
interface Self {
  readonly uid: string
  readonly shared: PodShared
  readonly crashes: CrashBackOff
  readonly mounts: PodMounts
  readonly refresh: Refresh
  readonly waiting: Map<string, WaitingReason>
  /** Termination messages by container id: read once, when the container has ended. */
  readonly messages: Map<string, string>
  readonly probes: PodProbes
  readonly wakeUp: WakeUp
  machine: PodMachine
  pod: Stored<Pod>
  observed: ObservedPod
  /** Something has happened since, or may have: the runtime is asked again before the next step. */
  isOutdated: boolean
  isGone: boolean
  /** The change that asked for the pod's end: all that follows is because of it. */
  deletion: Trigger | undefined
  /** Ends what is being done when the pod must take another course. */
  doing: LinkedAbort | undefined
  /** The wait for the kubelet to take anything on. */
  held: LinkedAbort | undefined
  /** The kubelet itself has decided: what comes next waits for nothing. */
  isUrgent: boolean
}

export interface PodWorkerOptions {
  /** The node does not take the pod: nothing of it is ever made here. */
  readonly isTurnedAway: boolean
}

export function createPodWorker(
  initial: Stored<Pod>,
  shared: PodShared,
  { isTurnedAway }: PodWorkerOptions,
): PodWorker {
  const { world, statuses, results, uptimeMs } = shared
  const { uid } = initial.metadata
  const current = () => {
    const status = statuses.get(uid) ?? self.pod.status ?? {}
    return { pod: { ...self.pod, status }, observed: shownBy(status, self.observed) }
  }
  const self: Self = {
    uid,
    shared,
    crashes: createCrashBackOff(),
    mounts: createPodMounts(),
    refresh: createRefresh(world.clock, world.random),
    waiting: new Map(),
    messages: new Map(),
    probes: createPodProbes({ world, results, current, uptimeMs }, shared.signal),
    wakeUp: createWakeUp(world.clock),
    machine: isTurnedAway ? turnedAwayPod : newPod,
    pod: initial,
    observed: nothingObserved,
    isOutdated: true,
    isGone: false,
    deletion: undefined,
    doing: undefined,
    held: undefined,
    isUrgent: false,
  }
  return {
    uid,
    get pod() {
      return self.pod
    },
    get observed() {
      return self.observed
    },
    get isFinished() {
      return self.machine.state === 'finished'
    },
    get holdsNode() {
      return holdsNode(self)
    },
    wake: (what) => self.wakeUp.now(saw(what)),
    happened(what, gone) {
      const standing = gone === undefined ? 'alive' : standingOf(self.observed, gone)
      if (standing !== undefined) self.isOutdated = true
      // That what had ended is removed changes nothing (upstream: isSyncPodWorthy).
      if (standing === 'alive') self.wakeUp.look(saw(what))
    },
    fail(why) {
      self.isUrgent = true
      stop(self, { kind: 'failed', ...why })
      self.held?.abort(new Error('the kubelet stops the pod'))
    },
    update: (pod) => update(self, pod),
    removed() {
      self.isGone = true
      stop(self, { kind: 'removed' })
    },
    run: (signal) => run(self, signal),
  }
}

/** Of a pod that is gone, or whose end is on record, the scheduler counts nothing any more. */
function holdsNode({ uid, machine, pod, isGone, shared }: Self): boolean {
  const { phase } = shared.statuses.get(uid) ?? pod.status ?? {}
  const isOver = phase === 'Succeeded' || phase === 'Failed'
  return !isOver && !isGone && (machine.state === 'syncing' || machine.state === 'terminating')
}

function stop(self: Self, cause: StopCause): void {
  const next = step(self.machine, { kind: 'stop', cause })
  const why = `the pod stops: ${cause.kind}`
  if (next !== self.machine) self.doing?.abort(new Error(why))
  self.machine = next
  self.wakeUp.now(saw(why))
}

function update(self: Self, pod: Stored<Pod>): void {
  const graceOf = ({ metadata }: Stored<Pod>) => metadata.deletionGracePeriodSeconds ?? 0
  const isShorter = graceOf(pod) < graceOf(self.pod)
  const isNews = asksForSync(self.pod, pod)
  self.pod = pod
  const why = changeOf(pod)
  if (pod.metadata.deletionTimestamp) {
    self.deletion ??= why
    // A shorter grace starts the stop anew, with less time.
    if (self.machine.state === 'terminating' && isShorter)
      self.doing?.abort(new Error('shorter grace'))
    stop(self, { kind: 'deleted' })
    // Containers of a pod that ended by itself were kept to be looked at; now they go.
    if (self.machine.state === 'finished') self.machine = { ...self.machine, state: 'terminated' }
  }
  if (isNews) self.wakeUp.now(why)
  else self.shared.statuses.see(pod)
}

async function run(self: Self, signal: AbortSignal): Promise<void> {
  let why = changeOf(self.pod)
  while (!signal.aborted) {
    await self.shared.world.clock.turn()
    const againInMs = await advance(self, why).catch((error) => retryAfter(self, error))
    if (signal.aborted || (self.machine.state === 'finished' && self.isGone)) break
    why = await self.wakeUp.next(againInMs, signal)
    if (againInMs !== 0) await untilTaken(self, signal)
  }
  self.probes.stop()
  self.refresh.stop()
}

/** News of a pod are taken up by the kubelet's loop; the next step of what is begun is not. */
async function untilTaken(self: Self, signal: AbortSignal): Promise<void> {
  const { syncLoop } = self.shared
  if (!self.isUrgent && !syncLoop.isGoing()) {
    using held = linkedAbort(signal)
    self.held = held
    await syncLoop.going(held.signal).catch(() => undefined)
    self.held = undefined
  }
  self.isUrgent = false
}

/** One step; milliseconds until another look is due, undefined to wait for news. */
async function advance(self: Self, why: Trigger): Promise<number | undefined> {
  using doing = linkedAbort(self.shared.signal)
  self.doing = doing
  switch (self.machine.state) {
    case 'syncing':
      return await keepSynced(self, why, doing.signal)
    case 'terminating':
      return await terminate(self, why, doing.signal)
    case 'terminated':
      return await finish(self)
    case 'finished':
      return undefined
  }
}

async function keepSynced(
  self: Self,
  why: Trigger,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { shared, crashes, waiting, probes } = self
  if (self.isOutdated) await observe(self, signal)
  const status = publish(self, why)
  const before = { observed: self.observed, waiting: new Map(waiting) }
  if (status.phase === 'Succeeded' || status.phase === 'Failed') {
    stop(self, { kind: 'ended' })
    return 0
  }
  if (msUntilOverdue(self) === 0) {
    const message = 'Pod was active on the node longer than the specified deadline'
    stop(self, { kind: 'failed', reason: 'DeadlineExceeded', message })
    return 0
  }
  try {
    const outcome = await syncPod(
      {
        pod: self.pod,
        observed: self.observed,
        shared,
        crashes,
        waiting,
        probes,
        observe: (each) => observe(self, each),
        removed: (id) => {
          self.observed = withoutContainer(self.observed, id)
        },
        current: () => self.observed,
        mounts: self.mounts,
        refresh: (news) => self.refresh.changed(() => self.wakeUp.now(saw(news))),
      },
      signal,
    )
    return outcome.againInMs
  } finally {
    self.refresh.synced()
    if (!shared.signal.aborted && hasNews(self, before)) publish(self, why)
    const isSeen =
      !self.isOutdated && isAsPlanned(self.pod, self.observed, verdictsOf(shared.results))
    if (isSeen) self.wakeUp.looked()
  }
}

/** Whether a sync has come to anything that the status does not say yet. */
function hasNews(
  { observed, waiting }: Self,
  before: Pick<Self, 'observed'> & { readonly waiting: ReadonlyMap<string, WaitingReason> },
): boolean {
  if (observed !== before.observed || waiting.size !== before.waiting.size) return true
  return [...waiting].some(([name, reason]) => before.waiting.get(name) !== reason)
}

/** Milliseconds until the pod's own deadline; infinite where it has none. */
function msUntilOverdue({ uid, pod, shared }: Self): number {
  const deadline = pod.spec?.activeDeadlineSeconds
  const startTime = shared.statuses.get(uid)?.startTime
  if (deadline === undefined || startTime === undefined) return Number.POSITIVE_INFINITY
  return Math.max(0, Date.parse(startTime) + deadline * 1000 - shared.world.clock.wallMs())
}

async function terminate(
  self: Self,
  why: Trigger,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { machine, probes, shared } = self
  probes.stopAllButReadiness()
  await observe(self, signal)
  publish(self, why)
  const graceSeconds = graceOfCause(machine.cause)
  const grace = graceSeconds === undefined ? {} : { graceSeconds }
  await stopAll({ pod: self.pod, observed: self.observed, ...grace }, shared.world, signal)
  await observe(self, signal)
  probes.stop()
  if (self.observed.containers.some(({ state }) => state === 'running')) return stopRetryMs
  publish(self, why, true)
  self.machine = step(self.machine, { kind: 'stopped' })
  return 0
}

/** Of a pod that is gone nobody knows any more how long it wanted; upstream gives it one second. */
function graceOfCause(cause: StopCause | undefined): number | undefined {
  if (cause?.kind === 'removed') return 1
  return cause?.kind === 'failed' ? cause.graceSeconds : undefined
}

async function finish(self: Self): Promise<undefined> {
  const { pod, observed, isGone, shared } = self
  await cleanUp({ pod, observed, isGone }, shared)
  self.machine = step(self.machine, { kind: 'cleaned' })
  shared.statuses.finish(pod)
  return undefined
}

async function observe(self: Self, signal: AbortSignal): Promise<void> {
  const { runtime, host, clock } = self.shared.world
  // What happens while the runtime is asked may not be in its answers.
  self.isOutdated = false
  self.observed = await observePod(runtime, self.uid, clock, signal)
  for (const container of self.observed.containers) {
    if (container.state !== 'exited' || self.messages.has(container.id)) continue
    self.messages.set(container.id, await readTerminationMessage(host, self.uid, container, signal))
  }
}

function publish(self: Self, why: Trigger, isTerminal = false): PodStatus {
  const { uid, pod, observed, waiting, messages, machine, shared } = self
  const { statuses, results, world } = shared
  const { cause } = machine
  const previous = statuses.get(uid) ?? pod.status ?? {}
  const status = generateStatus({
    pod,
    observed,
    previous,
    waiting,
    probes: verdictsOf(results),
    terminationMessage: (container: ObservedContainer) => messages.get(container.id) ?? '',
    isTerminal,
    hostIps: world.config.nodeIps,
    recursiveReadOnlyMounts: shared.recursiveReadOnlyMounts(),
    nowMs: world.clock.wallMs(),
    ...(cause?.kind === 'failed' ? { forced: forcedBy(cause) } : {}),
  })
  const news = containerNews(previous, status)
  const seen = news.length > 0 ? saw(news.join(', ')) : why
  statuses.set(pod, status, self.deletion ?? seen)
  triggerReadiness(self, status)
  return status
}

/**
 * The readiness of each container that has started and is not known to be ready is asked at once
 * (upstream: prober's UpdatePodStatus).
 */
function triggerReadiness({ probes }: Self, status: PodStatus): void {
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]
  for (const { name, started, ready, state } of all) {
    if (started && !ready && state?.running) probes.triggerReadiness(name)
  }
}

function forcedBy({ reason, message, isDisruption = false }: Failure): ForcedEnd {
  return { phase: 'Failed', reason, message, isDisruption }
}

function retryAfter(self: Self, error: unknown): number {
  self.isOutdated = true
  const { doing, pod, shared } = self
  const { events, log, random } = shared.world
  if (doing?.signal.aborted) return 0
  const laterMs = retryMs * (1 + random.next() / 2)
  if (!(error instanceof SyncError)) {
    log.warn('cannot sync a pod', { pod: pod.metadata.name, error: messageOf(error) })
    return laterMs
  }
  if (error.reason) {
    events.event(pod, { type: 'Warning', reason: error.reason, message: error.message })
  }
  return Math.min(error.retryInMs ?? laterMs, msUntilOverdue(self))
}
