import type { RequestRecord } from '#sim'
import type { FaultBand } from '../model/timeline.ts'

/** A request of one of the clients of a Service. */
export interface ObservedRequest {
  /** `namespace/name:port`. */
  readonly service: string
  /** When it was sent, in milliseconds since the disturbance. */
  readonly atMs: number
  readonly tookMs: number
  readonly end: RequestRecord['end']
  readonly status: number | undefined
  readonly sentTo: RequestRecord['sentTo']
  readonly isKeptAlive: boolean
}

/** What was seen in one run: all that is judged. Times in milliseconds since the disturbance. */
export interface DrillObservation {
  readonly requests: readonly ObservedRequest[]
  /** When all that is wanted became Ready, and when it was no longer, in order. */
  readonly readiness: readonly { readonly atMs: number; readonly isReady: boolean }[]
  /** How often containers were restarted. */
  readonly restarts: number
  /** Steps of the drill that came to no end, each with why. */
  readonly unfinished: readonly string[]
  readonly faults: readonly FaultBand[]
  readonly zeroWallMs: number
  readonly fromMs: number
  readonly toMs: number
  /** Why it could not be done, when the application never became Ready before; nothing else counts then. */
  readonly neverReady?: readonly string[]
}
