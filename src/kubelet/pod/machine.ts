import type { Pod } from '#api'
import type { Stored, Trigger } from '#machinery'
import {
  livenessOf,
  nothingObserved,
  type ObservedPod,
  withoutContainer,
} from '../model/observed.ts'
import { changeOf, observation } from '../model/triggers.ts'
import type { WakeUp } from './inbox.ts'
import { asksForSync } from './pod-change.ts'

/**
 * Where a pod is on its way through the kubelet. All states and all transitions stand here:
 *
 *                 ended, killed,                                cleaned, all of it
 *                 deleted, removed                stopped         ┌──────────▶ emptied
 *     syncing ───────────────────▶ terminating ─────────▶ terminated
 *                                                          ▲    └──────────▶ finished
 *                                                          │  cleaned, but       │
 *                                                          │  containers kept    │
 *                                                          └─────────────────────┘
 *                                                              deleted, removed
 *
 * - `syncing`: containers are made to be what the spec asks for, again and again (upstream: SyncPod).
 * - `terminating`: containers are being stopped; there is no way back (SyncTerminatingPod).
 * - `terminated`: none runs any more; volumes and cgroups are left to be removed (SyncTerminatedPod).
 * - `finished`: its end is on record; containers and logs stay to be looked at.
 * - `emptied`: nothing of it is on the node. The worker ends as soon as the object is gone as well.
 */
export type PodState = 'syncing' | 'terminating' | 'terminated' | 'finished' | 'emptied'

/** Why a pod stops. The first cause counts. */
export type StopCause =
  /** The object has a deletionTimestamp. */
  | { readonly kind: 'deleted' }
  /** The object is gone from the API without having been stopped first. */
  | { readonly kind: 'removed' }
  /** Every container has ended for good, or the pod's own deadline has passed. */
  | { readonly kind: 'ended' }
  /** The kubelet decided: eviction, or rejection of a pod that was here before. */
  | ({ readonly kind: 'killed' } & KillReason)

/** What the kubelet decided, as the pod's status is to show it (upstream: KillPodOptions). */
interface KillReason {
  readonly reason: string
  readonly message: string
  /** Overrides the pod's own grace. */
  readonly graceSeconds?: number
  /** The pod ends for the node's sake, not for its own. */
  readonly isDisruption?: boolean
}

/** What happens to a pod: what others tell its worker first, then what its own steps tell. */
export type PodEvent =
  /** The pod as the API has it now. */
  | { readonly kind: 'updated'; readonly pod: Stored<Pod> }
  /** The object is gone from the API. */
  | { readonly kind: 'removed' }
  /** The kubelet itself ends the pod; that waits for nothing. */
  | { readonly kind: 'killed'; readonly failure: KillReason }
  /** The runtime reports something of the pod's containers; `removed` is the one that is gone. */
  | { readonly kind: 'pleg'; readonly what: string; readonly removed?: string }
  /** Something that the pod depends on may have changed, as the result of a probe. */
  | { readonly kind: 'wake'; readonly because: Trigger }
  /** The loop takes up what has been told. */
  | { readonly kind: 'taken' }
  /** The runtime is about to be asked: what happens from now on may not be in its answers. */
  | { readonly kind: 'observing' }
  | { readonly kind: 'observed'; readonly observed: ObservedPod }
  /** The kubelet removes a container itself. */
  | { readonly kind: 'dropped'; readonly containerId: string }
  /** A step has failed: nobody knows how far it came. */
  | { readonly kind: 'broke' }
  /** The status that was found is the pod's last one. */
  | { readonly kind: 'ended' }
  /** No container runs any more. */
  | { readonly kind: 'stopped' }
  /** What the pod had on the node is removed: all of it, or all but what may be looked at. */
  | { readonly kind: 'cleaned'; readonly everything: boolean }

/** All that decides about a pod's next step; derived again from the API and the runtime after a restart. */
export interface PodMachine {
  readonly state: PodState
  /** The pod as the API had it last. */
  readonly pod: Stored<Pod>
  readonly observed: ObservedPod
  /** Something has happened since, or may have: the runtime is asked before the next step. */
  readonly isOutdated: boolean
  readonly isGone: boolean
  /** The kubelet itself has decided: what comes next waits for nothing. */
  readonly isUrgent: boolean
  readonly cause?: StopCause
  /** The change that asked for the pod's end: all that follows is because of it. */
  readonly deletion?: Trigger
}

/** The machine after an event, and what the worker has to do about it. */
export interface Transition {
  readonly machine: PodMachine
  /** Set when there is something to do for the pod. */
  readonly wakeUp?: WakeUp
  /** Set when what is being done is to be given up, since the pod takes another course; says why. */
  readonly interrupt?: string | undefined
}

/** The machine of a pod that the node has admitted, or that it has rejected: then nothing is made of it. */
export function machineOf(
  pod: Stored<Pod>,
  state: Extract<PodState, 'syncing' | 'finished'>,
): PodMachine {
  const observed = nothingObserved
  return { state, pod, observed, isOutdated: true, isGone: false, isUrgent: false }
}

/** Whether nothing is left to do for a pod, ever. */
export function isSettled({ state, isGone }: PodMachine): boolean {
  return state === 'emptied' && isGone
}

/** Whether containers of the pod may run (upstream: CouldHaveRunningContainers). */
export function couldHaveRunningContainers({ state }: PodMachine): boolean {
  return state === 'syncing' || state === 'terminating'
}

/** Whether all that a pod had on the node is to go: its object is gone, or is going. */
export function isLeavingNode({ pod, isGone }: PodMachine): boolean {
  return isGone || pod.metadata.deletionTimestamp !== undefined
}

/** The reducer of a pod's states: pure, and the only place where they change. */
export function step(machine: PodMachine, event: PodEvent): Transition {
  switch (event.kind) {
    case 'updated':
      return updated(machine, event.pod)
    case 'removed':
      return stopped({ ...machine, isGone: true }, { kind: 'removed' }, 'sync')
    case 'killed': {
      const cause: StopCause = { kind: 'killed', ...event.failure }
      return stopped({ ...machine, isUrgent: true }, cause, 'kill')
    }
    case 'ended':
      return { ...stopped(machine, { kind: 'ended' }, 'sync'), interrupt: undefined }
    case 'pleg':
      return reported(machine, event.what, event.removed)
    case 'wake':
      return { machine, wakeUp: { because: event.because, priority: 'sync' } }
    default:
      return { machine: progressed(machine, event) }
  }
}

/** What the worker's own steps tell asks for nothing more. */
function progressed(
  machine: PodMachine,
  event: Extract<
    PodEvent,
    { kind: 'taken' | 'observing' | 'observed' | 'dropped' | 'broke' | 'stopped' | 'cleaned' }
  >,
): PodMachine {
  switch (event.kind) {
    case 'taken':
      return machine.isUrgent ? { ...machine, isUrgent: false } : machine
    case 'observing':
      return { ...machine, isOutdated: false }
    case 'observed':
      return { ...machine, observed: event.observed }
    case 'dropped':
      return { ...machine, observed: withoutContainer(machine.observed, event.containerId) }
    case 'broke':
      return { ...machine, isOutdated: true }
    case 'stopped':
      return machine.state === 'terminating' ? { ...machine, state: 'terminated' } : machine
    case 'cleaned':
      return cleaned(machine, event.everything)
  }
}

function updated(machine: PodMachine, pod: Stored<Pod>): Transition {
  const isChanged = asksForSync(machine.pod, pod)
  const because = changeOf(pod)
  const wakeUp: WakeUp = { because, priority: 'sync' }
  const next = { ...machine, pod }
  if (pod.metadata.deletionTimestamp === undefined) {
    return { machine: next, ...(isChanged && { wakeUp }) }
  }
  const stop = stopped({ deletion: because, ...next }, { kind: 'deleted' }, 'sync')
  const isOtherCourse = stop.machine.state !== machine.state
  // A shorter grace starts the stop anew, with less time.
  const isHurried = machine.state === 'terminating' && graceOf(pod) < graceOf(machine.pod)
  const interrupt = isHurried ? 'shorter grace' : stop.interrupt
  const isWoken = isChanged || isOtherCourse
  return { machine: stop.machine, ...(isWoken && { wakeUp }), interrupt }
}

function graceOf({ metadata }: Stored<Pod>): number {
  return metadata.deletionGracePeriodSeconds ?? 0
}

/** A pod that runs stops; of one that has ended, what was kept goes as well when its object does. */
function stopped(machine: PodMachine, cause: StopCause, priority: WakeUp['priority']): Transition {
  const why = `the pod stops: ${cause.kind}`
  const wakeUp: WakeUp = { because: observation(why), priority }
  if (machine.state === 'syncing') {
    return { machine: { ...machine, state: 'terminating', cause }, wakeUp, interrupt: why }
  }
  const goes = machine.state === 'finished' && isLeavingNode(machine)
  return { machine: goes ? { ...machine, state: 'terminated' } : machine, wakeUp }
}

function reported(machine: PodMachine, what: string, removed: string | undefined): Transition {
  const liveness = removed === undefined ? 'alive' : livenessOf(machine.observed, removed)
  if (liveness === undefined) return { machine }
  const next = machine.isOutdated ? machine : { ...machine, isOutdated: true }
  // That what had ended is removed changes nothing (upstream: isSyncPodWorthy).
  if (liveness === 'over') return { machine: next }
  return { machine: next, wakeUp: { because: observation(what), priority: 'pleg' } }
}

/** Who left while a part was kept is cleaned up once more. */
function cleaned(machine: PodMachine, everything: boolean): PodMachine {
  if (machine.state !== 'terminated') return machine
  if (everything) return { ...machine, state: 'emptied' }
  return isLeavingNode(machine) ? machine : { ...machine, state: 'finished' }
}
