import type { Pod } from '#api'
import { type LinkedAbort, linkedAbort, messageOf } from '#lib'
import type { Stored, Trigger } from '#machinery'
import { createCrashBackOff } from '../containers/crash-back-off.ts'
import { SyncError } from '../model/errors.ts'
import { type ObservedPod, reportedIn } from '../model/observed.ts'
import { changeOf } from '../model/triggers.ts'
import { msUntilPodDeadline } from '../pod/deadline.ts'
import { createInbox, type Inbox } from '../pod/inbox.ts'
import {
  couldHaveRunningContainers,
  isSettled,
  machineOf,
  type PodEvent,
  type PodMachine,
  step,
} from '../pod/machine.ts'
import type { PodContext } from '../pod/pod-context.ts'
import type { PodShared } from '../pod/pod-shared.ts'
import { createRefresh } from '../pod/refresh.ts'
import { cleanUp } from '../pod/steps/clean.ts'
import { sync } from '../pod/steps/sync.ts'
import { terminate } from '../pod/steps/terminate.ts'
import { createPodProbes } from '../probes/pod-probes.ts'
import { createResizeState } from '../resize/resize-state.ts'
import { createPodMounts } from '../volumes/pod-mounts.ts'
import type { SyncLoop } from './sync-loop.ts'

/**
 * A pod worker brings one pod through the kubelet: whatever happens to the pod is sent to its
 * machine (`pod/machine.ts`), and one loop takes one step after the other for the state that the
 * machine is in (upstream: podWorkerLoop).
 */
export interface PodWorker {
  readonly uid: string
  send(event: PodEvent): void
  readonly pod: Stored<Pod>
  readonly observed: ObservedPod
  /** Whether nothing of the pod runs any more, and its volumes are gone. */
  readonly isFinished: boolean
  /** Whether what the pod asks of the node is taken: it was admitted, and has not ended yet. */
  readonly isActive: boolean
  /** Runs until the pod has left the node and the API, or until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
}

export interface PodWorkerOptions {
  /** Whether the node rejects the pod: nothing of it is ever made here. */
  readonly isRejected: boolean
  readonly syncLoop: SyncLoop
}

/** A sync that failed is tried again after this long (upstream: backOffPeriod), with jitter. */
const backOffMs = 10_000

interface Self {
  readonly context: PodContext
  readonly inbox: Inbox
  readonly syncLoop: SyncLoop
  machine: PodMachine
  /** The step that is being taken. */
  doing: LinkedAbort | undefined
  /** The wait for the kubelet to take anything on. */
  waiting: LinkedAbort | undefined
}

/** Makes the worker of a pod; what it finds out is lost with it, and found again by the next one. */
export function createPodWorker(
  pod: Stored<Pod>,
  shared: PodShared,
  { isRejected, syncLoop }: PodWorkerOptions,
): PodWorker {
  const { uid } = pod.metadata
  const self: Self = {
    context: contextOf(uid, shared, {
      machine: () => self.machine,
      send: (event) => send(self, event),
      dropReports: () => self.inbox.dropReports(),
    }),
    inbox: createInbox(shared.world.clock),
    syncLoop,
    machine: machineOf(pod, isRejected ? 'finished' : 'syncing'),
    doing: undefined,
    waiting: undefined,
  }
  return {
    uid,
    get pod() {
      return self.machine.pod
    },
    get observed() {
      return self.machine.observed
    },
    get isFinished() {
      return self.machine.state === 'finished' || self.machine.state === 'emptied'
    },
    get isActive() {
      return isActive(self)
    },
    send: (event) => send(self, event),
    run: (signal) => run(self, signal),
  }
}

type Links = Pick<PodContext, 'machine' | 'send' | 'dropReports'>

function contextOf(uid: string, shared: PodShared, links: Links): PodContext {
  const { world, statuses, results, uptimeMs, signal } = shared
  const current = () => {
    const { pod, observed } = links.machine()
    const status = statuses.get(uid) ?? pod.status ?? {}
    return { pod: { ...pod, status }, observed: reportedIn(status, observed) }
  }
  return {
    uid,
    shared,
    crashes: createCrashBackOff(),
    mounts: createPodMounts(),
    refresh: createRefresh(world.clock, world.random),
    waiting: new Map(),
    messages: new Map(),
    resize: createResizeState((pod, event) => world.events.event(pod, event)),
    probes: createPodProbes({ world, results, current, uptimeMs }, signal),
    ...links,
  }
}

/** Of a pod that is gone, or whose end is decided, nothing is counted any more (upstream: filterOutInactivePods). */
function isActive({ machine, context }: Self): boolean {
  const { phase } = context.shared.statuses.get(context.uid) ?? machine.pod.status ?? {}
  const hasEnded = phase === 'Succeeded' || phase === 'Failed'
  return !hasEnded && !machine.isGone && couldHaveRunningContainers(machine)
}

function send(self: Self, event: PodEvent): void {
  const { machine, wakeUp, interrupt } = step(self.machine, event)
  self.machine = machine
  if (interrupt !== undefined) self.doing?.abort(new Error(interrupt))
  if (machine.isUrgent) self.waiting?.abort(new Error('the kubelet ends the pod'))
  if (wakeUp) self.inbox.put(wakeUp)
  // What the kubelet has written itself asks for nothing, unless others have written over it.
  else if (event.kind === 'updated') self.context.shared.statuses.reconcile(event.pod)
}

async function run(self: Self, signal: AbortSignal): Promise<void> {
  const { probes, refresh, shared } = self.context
  let because = changeOf(self.machine.pod)
  while (!signal.aborted) {
    await shared.world.clock.turn()
    const againInMs = await advance(self, because).catch((error) => retryAfter(self, error))
    if (signal.aborted || isSettled(self.machine)) break
    because = await self.inbox.next(againInMs, signal)
    // The next step of what is begun waits for nobody.
    if (againInMs !== 0) await untilTaken(self, signal)
  }
  probes.stop()
  refresh.stop()
}

/** Waits until the kubelet takes up what is told of pods; what it has decided itself is taken up at once. */
async function untilTaken(self: Self, signal: AbortSignal): Promise<void> {
  const { syncLoop } = self
  if (!self.machine.isUrgent && !syncLoop.isGoing()) {
    using waiting = linkedAbort(signal)
    self.waiting = waiting
    await syncLoop.going(waiting.signal).catch(() => undefined)
    self.waiting = undefined
  }
  send(self, { kind: 'taken' })
}

/** Takes one step. Gives the milliseconds until the next one is due, or undefined to wait for a wake-up. */
async function advance(self: Self, because: Trigger): Promise<number | undefined> {
  const { context, machine } = self
  using doing = linkedAbort(context.shared.signal)
  self.doing = doing
  switch (machine.state) {
    case 'syncing':
      return await sync(context, because, doing.signal)
    case 'terminating':
      return await terminate(context, because, doing.signal)
    case 'terminated':
      return await cleanUp(context)
    case 'finished':
    case 'emptied':
      return undefined
  }
}

function retryAfter(self: Self, error: unknown): number {
  send(self, { kind: 'broke' })
  const { doing, machine, context } = self
  const { uid, shared } = context
  const { clock, events, log, random } = shared.world
  if (doing?.signal.aborted) return 0
  const laterMs = backOffMs * (1 + random.next() / 2)
  if (!(error instanceof SyncError)) {
    log.warn('cannot sync a pod', { pod: machine.pod.metadata.name, error: messageOf(error) })
    return laterMs
  }
  if (error.reason) {
    events.event(machine.pod, { type: 'Warning', reason: error.reason, message: error.message })
  }
  const deadlineMs = msUntilPodDeadline(machine.pod, shared.statuses.get(uid), clock.wallMs())
  return Math.min(error.retryInMs ?? laterMs, deadlineMs)
}
