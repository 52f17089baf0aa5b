/**
 * Where a pod is on its way through the kubelet. All states and all transitions stand here:
 *
 *   syncing ──stop──▶ terminating ──stopped──▶ terminated ──cleaned──▶ finished
 *
 * - `syncing`: containers are made to be what the spec asks for, again and again.
 * - `terminating`: containers are being stopped; there is no way back.
 * - `terminated`: none runs any more; volumes, cgroups and the final status are left to do.
 * - `finished`: nothing is left but the object, which the API deletes.
 */
export type PodState = 'syncing' | 'terminating' | 'terminated' | 'finished'

/** Why a pod stops. The first cause counts. */
export type StopCause =
  /** The object has a deletionTimestamp. */
  | { readonly kind: 'deleted' }
  /** The object is gone from the API without having been stopped first. */
  | { readonly kind: 'removed' }
  /** Every container has ended for good. */
  | { readonly kind: 'ended' }
  /** The kubelet decided: eviction, rejection at admission, or the pod's own deadline. */
  | ({ readonly kind: 'failed' } & Failure)

/** What the kubelet decided, as the pod's status is to show it. */
export interface Failure {
  readonly reason: string
  readonly message: string
  /** Overrides the pod's own grace. */
  readonly graceSeconds?: number
  /** The pod ends for the node's sake, not for its own. */
  readonly isDisruption?: boolean
}

export type PodEvent =
  | { readonly kind: 'stop'; readonly cause: StopCause }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'cleaned' }

const transitions: Readonly<
  Record<PodState, Partial<Readonly<Record<PodEvent['kind'], PodState>>>>
> = {
  syncing: { stop: 'terminating' },
  terminating: { stopped: 'terminated' },
  terminated: { cleaned: 'finished' },
  finished: {},
}

export interface PodMachine {
  readonly state: PodState
  readonly cause?: StopCause
}

export const newPod: PodMachine = Object.freeze({ state: 'syncing' })

/** A pod that is never let in has nothing to be cleaned up. */
export const turnedAwayPod: PodMachine = Object.freeze({ state: 'finished' })

/** The machine after an event; the same one when the event means nothing in its state. */
export function step(machine: PodMachine, event: PodEvent): PodMachine {
  const state = transitions[machine.state][event.kind]
  if (state === undefined) return machine
  const cause = event.kind === 'stop' ? event.cause : machine.cause
  return { state, ...(cause ? { cause } : {}) }
}
