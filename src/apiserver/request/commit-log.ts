import type { Cause, Stored, Verb } from '#machinery'

/** What the event log keeps of one write that was committed. */
export interface CommitRecord {
  readonly revision: number
  readonly wallMs: number
  readonly verb: Verb
  readonly user: string
  /** `deployments.apps`, with the subresource if it was written: `pods/status`. */
  readonly resource: string
  /** `namespace/name`. */
  readonly key: string
  /** Why; absent where the client did not say. */
  readonly cause?: Cause
  /** The frozen values that everybody shares; a creation has no `before`, a removal no `after`. */
  readonly before?: Stored
  readonly after?: Stored
}

/** Takes every committed write, in the order of revisions as this server learns of them. */
export type CommitLog = (record: CommitRecord) => void
