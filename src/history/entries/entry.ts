import type { Trigger } from '#machinery'

/** An event log entry: a write, a request that was refused, or a note of something that explains writes. */
export interface LogEntry {
  /** 1 for the first ever recorded; never reused. */
  readonly sequence: number
  readonly wallMs: number
  /** The component or user that wrote. */
  readonly actor: string
  /** `create`, `update`, `delete`; `refused` for a request that was; for a note its kind: `fault`, `exit`, `request`, `clock`. */
  readonly verb: string
  /** `deployments.apps`, without a subresource; empty for a note about no object. */
  readonly resource: string
  readonly subresource: string
  /** `namespace/name`. */
  readonly key: string
  /** `Pod`; empty for a note. */
  readonly kind: string
  /** For an Event, the object that it involves: `Pod/namespace/name`. */
  readonly involved?: string
  /** For an Event of type Warning, the object that it involves: `Pod/namespace/name`. */
  readonly warnsOf?: string
  /** The revision of the write; absent for notes. */
  readonly revision?: number
  /** For a refused request, the status of the answer: 403, 409, 422 or 429. */
  readonly code?: number
  /** What changed, in words; for a refused request what was asked for and why it was refused. */
  readonly changes: readonly string[]
  /** The fields that an update changed. */
  readonly paths: readonly string[]
  /** The state of the object afterwards, in words; empty for kinds without one. */
  readonly state: string
  /** Why the write was made. */
  readonly trigger?: Trigger
  /** Whether it is a heartbeat or the like: kept, but of no interest to most readers. */
  readonly routine: boolean
}

/** A note is an event log entry that is no write, such as a fault. */
export interface Note {
  readonly wallMs: number
  readonly actor: string
  readonly verb: string
  readonly resource?: string
  readonly key?: string
  readonly what: string
  readonly routine?: boolean
}
