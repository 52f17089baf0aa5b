import { RuntimeError } from '#runtime'

/** The error of a container that cannot be started, as containerd and runc word it. */
export function cannotStart(why: string): RuntimeError {
  return new RuntimeError(
    'unknown',
    `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ${why}: unknown`,
  )
}

/** Why a process is not there. */
export function noProcess(why: string): string {
  return `unable to start container process: ${why}`
}

/** The error of a command that was to run in a container. */
export function cannotExec(why: string, execId: string): RuntimeError {
  return new RuntimeError(
    'unknown',
    `failed to exec in container: failed to start exec "${execId}": OCI runtime exec failed: exec failed: ${why}: unknown`,
  )
}
