import type { Trigger } from '#machinery'

/** One thing that happened: a write, or something that is no write but explains writes. */
export interface Entry {
  /** 1 for the first ever recorded; never reused. */
  readonly sequence: number
  readonly wallMs: number
  readonly actor: string
  /** `create`, `update`, `delete`; of a note what it is: `fault`, `exit`, `request`, `clock`. */
  readonly verb: string
  /** `deployments.apps`, without a subresource; empty for a note about no object. */
  readonly resource: string
  readonly subresource: string
  /** `namespace/name`. */
  readonly key: string
  /** `Pod`; empty for a note. */
  readonly kind: string
  /** Of an event of type Warning: what it warns of, `Pod/namespace/name`. */
  readonly warnsOf?: string
  /** Absent for notes. */
  readonly revision?: number
  readonly changes: readonly string[]
  /** The fields that an update changed. */
  readonly paths: readonly string[]
  /** How the object stood afterwards, for kinds that have a state to tell. */
  readonly state: string
  readonly trigger?: Trigger
  /** Heartbeats and the like: kept, but of no interest to most readers. */
  readonly routine: boolean
}

/** What a note says; time is the caller's, as everything else. */
export interface Note {
  readonly wallMs: number
  readonly actor: string
  readonly verb: string
  readonly resource?: string
  readonly key?: string
  readonly what: string
  readonly routine?: boolean
}
