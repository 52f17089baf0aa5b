import type { KubeObject, Stored } from '#machinery'

/** The type of an Event: what is expected, or what somebody should look at. */
export type EventType = 'Normal' | 'Warning'

/** What an Event says about an object, before it is correlated and written. */
export interface EventInput {
  readonly type: EventType
  readonly reason: string
  readonly message: string
  /** `spec.containers{web}` and the like: the part of the object that the event is about. */
  readonly fieldPath?: string
  /** What was done or tried, and what else it is about: told by components of the newer API alone. */
  readonly action?: string
  readonly related?: ObjectReference
  /** What was seen that the message leaves out, as upstream's does; told as the cause of the write alone. */
  readonly detail?: string
}

/**
 * Records Events about objects, with client-go's correlation: similar events of one source are
 * counted into a series, and floods are dropped by a token bucket per object.
 * Never throws and never waits: events are best effort.
 */
export interface EventRecorder {
  event(about: Stored<KubeObject> | ObjectReference, event: EventInput): void
}

/** A reference where no object is at hand (a Node named by its kubelet). */
export interface ObjectReference {
  readonly apiVersion?: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly fieldPath?: string
}
