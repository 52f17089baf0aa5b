import { RuntimeError } from '#runtime'

/** The error of a container whose command cannot be started, as containerd and runc word it. */
export function cannotStart(why: string): RuntimeError {
  return new RuntimeError(
    'unknown',
    `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${why}: unknown`,
  )
}

/** The same of a command that was to run in a container. */
export function cannotExec(why: string): RuntimeError {
  return new RuntimeError(
    'unknown',
    `failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: ${why}`,
  )
}
