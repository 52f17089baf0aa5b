import type { Clock, Logger, MaybePromise } from '#lib'
import type { AuditEvaluator } from './policy.ts'

/** Where the lines of the audit log go. */
export interface AuditSink {
  /**
   * Takes a line with its end. A promise is waited for before the request goes on. False where the line is
   * lost and the request must not be answered for that.
   */
  write(line: string): MaybePromise<boolean>
}

/** What every audit of a request stands on. */
export interface AuditWorld {
  readonly clock: Clock
  readonly log: Logger
  /** Absent where there is no policy: then requests from outside have an ID, and that is all. */
  readonly recording: { readonly evaluate: AuditEvaluator; readonly sink: AuditSink } | undefined
}
