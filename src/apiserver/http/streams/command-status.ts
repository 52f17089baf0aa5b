import { messageOf } from '#lib'
import { findStatusError, internalError, type Status } from '#machinery/status'

/**
 * What the error stream says when a command has ended (upstream: kubelet's `remotecommand/exec.go`).
 * kubectl takes the exit code from the cause `ExitCode`.
 */
export function exitStatus(exitCode: number, command: readonly string[]): object {
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
export function brokenStatus(error: unknown): Status {
  const known = findStatusError(error)
  return (known ?? internalError(`error executing command in container: ${messageOf(error)}`))
    .status
}
