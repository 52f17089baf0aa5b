import type { Cause } from '#machinery'

/** One write that was made, and why: a line of the event log. */
export interface CommitReport {
  readonly revision: number
  readonly wallMs: number
  readonly verb: 'create' | 'update' | 'delete'
  readonly user: string
  /** `deployments.apps` */
  readonly resource: string
  readonly subresource: string
  /** `namespace/name` */
  readonly key: string
  readonly cause: Cause
}
