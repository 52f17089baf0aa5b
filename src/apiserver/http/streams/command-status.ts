import { messageOf } from '#lib'
import { findStatusError, internalError } from '#machinery/status'

/** A Status as the error stream tells it. */
export interface CommandStatus {
  readonly metadata?: object
  readonly status?: string
  readonly message?: string
  readonly reason?: string
  readonly details?: object
}

/** What the error stream carries since version 4 of the protocols. */
export function statusJson(status: CommandStatus): string {
  return JSON.stringify(status)
}

/** What it carries in older ones: the words of a failure, and nothing after success. */
export function failureText({ status, message = '' }: CommandStatus): string {
  return status === 'Success' ? '' : message
}

/**
 * What the error stream says when a command has ended (upstream: kubelet's `remotecommand/exec.go`).
 * kubectl takes the exit code from the cause `ExitCode`.
 */
export function exitStatus(exitCode: number, command: readonly string[]): CommandStatus {
  if (exitCode === 0) return { metadata: {}, status: 'Success' }
  const what = `error executing command [${command.join(' ')}], exit code ${exitCode}`
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: ${what}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  }
}

/** What it says when the session broke. */
export function brokenStatus(error: unknown): CommandStatus {
  const known = findStatusError(error)
  return (known ?? internalError(`error executing command in container: ${messageOf(error)}`))
    .status
}
