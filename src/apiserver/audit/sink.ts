import type { Clock, Counter, Labelled, Logger, MaybePromise } from '#lib'
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
  readonly recording: Recording | undefined
}

/** What a policy wants of requests, where it goes, and what is counted of it. */
export interface Recording {
  readonly evaluate: AuditEvaluator
  readonly sink: AuditSink
  readonly events: Counter
  readonly levels: Labelled<Counter>
  readonly rejected: Counter
}
