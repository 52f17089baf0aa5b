import { messageOf } from '#lib'
import { RuntimeError, rpcErrorText } from '#runtime'

/** Where upstream prints an error of the runtime as it is, gRPC's words around it included. */
export function textOf(error: unknown): string {
  return error instanceof RuntimeError ? rpcErrorText(error) : messageOf(error)
}

/** The container's configuration cannot be made; shown as CreateContainerConfigError. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** A start failed for a reason that `state.waiting` shows. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly reason: string
  /** Set where waiting is planned: the start is tried again then, and no error is reported. */
  readonly retryInMs: number | undefined

  constructor(reason: string, message: string, retryInMs?: number) {
    super(message)
    this.reason = reason
    this.retryInMs = retryInMs
  }
}

/** Why a container has not been started: as an error, or as a wait by plan, which is none. */
export type StartFailure = Pick<StartError, 'reason' | 'message' | 'retryInMs'>

/** The pod as a whole cannot go on yet; `reason` is that of the event. */
export class SyncError extends Error {
  override readonly name = 'SyncError'
  readonly reason: string | undefined
  readonly retryInMs: number | undefined

  constructor(reason: string | undefined, message: string, retryInMs?: number) {
    super(message)
    this.reason = reason
    this.retryInMs = retryInMs
  }
}
