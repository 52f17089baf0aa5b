/**
 * Why a write happened. Every write carries one, in both worlds; the event log keeps them, and
 * `knarr why` follows them from the present state back to its root.
 */
export interface Cause {
  /** Who acted: `controller/replicaset`, `scheduler`, `kubelet/node-1`, or a user's name. */
  readonly actor: string
  readonly trigger: Trigger
}

/** What made a component write: a change, a timer, something seen below, or a request. */
export type Trigger =
  /** A change of an object that the actor watches. */
  | ChangeTrigger
  /** A timer that the actor set earlier, what it was for, and the change that made it be set. */
  | { readonly kind: 'timer'; readonly purpose: string; readonly setBy?: ChangeTrigger }
  /** Something seen in the world below: a container's exit, a probe's result, a fault. */
  | { readonly kind: 'observed'; readonly what: string }
  /** A request from outside. */
  | { readonly kind: 'request' }

/** A change of an object by which a write was caused. */
export interface ChangeTrigger {
  readonly kind: 'change'
  /** `deployments.apps`. */
  readonly resource: string
  /** `namespace/name`. */
  readonly key: string
  readonly resourceVersion: string
}
