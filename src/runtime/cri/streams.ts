import type { StreamSession } from '#lib'
import { RuntimeError } from '../error.ts'
import type { AttachRequest, ExecRequest, StreamService } from '../streams.ts'
import { openCommandSession } from './command-session.ts'
import type { CallLimits, CriConnection } from './connection.ts'
import { openPortSession } from './port-session.ts'

/**
 * What an endpoint on this machine offers besides the CRI. The CRI's streaming servers cannot
 * half-close stdin (`exec -i … < file` would never end); with these it works.
 */
export interface NativeExec {
  /** Runs a command without a terminal in a running container, over pipes. */
  exec(request: ExecRequest, signal: AbortSignal): Promise<StreamSession>
  /** Closes the stdin of a container's main process. */
  closeStdin(containerId: string, signal: AbortSignal): Promise<void>
}

export function createStreamService(
  connection: CriConnection,
  limits: (signal: AbortSignal) => CallLimits,
  native: NativeExec | undefined,
): StreamService {
  return {
    exec: async (request, signal) => {
      if (native && request.stdin && !request.tty) {
        await requireRunning(connection, request.containerId, limits(signal))
        return native.exec(request, signal)
      }
      const { containerId, argv, tty, stdin, stdout, stderr } = request
      const call = { containerId, cmd: argv, tty, stdin, stdout, stderr }
      const { url } = await connection.call('Exec', call, limits(signal))
      return openCommandSession({ url, stdin }, signal)
    },
    attach: async (request, signal) => {
      const { url } = await connection.call('Attach', { ...request }, limits(signal))
      const ends =
        native && request.stdin && !request.tty
          ? await stdinEnder(connection, native, request, limits(signal))
          : {}
      return openCommandSession({ url, stdin: request.stdin, exitCodeOnClose: 0, ...ends }, signal)
    },
    portForward: async (sandboxId, port, signal) => {
      const call = { podSandboxId: sandboxId, port: [port] }
      const { url } = await connection.call('PortForward', call, limits(signal))
      return openPortSession(url, port, signal)
    },
  }
}

/** What CRI servers check before they run a command. */
async function requireRunning(
  connection: CriConnection,
  containerId: string,
  limits: CallLimits,
): Promise<void> {
  const { status } = await connection.call('ContainerStatus', { containerId }, limits)
  if (status?.state !== 'CONTAINER_RUNNING') {
    throw new RuntimeError('unknown', `container is in ${status?.state} state`)
  }
}

/** Only `stdinOnce` containers see the end of a client's input; others wait for the next client. */
async function stdinEnder(
  connection: CriConnection,
  native: NativeExec,
  { containerId }: AttachRequest,
  limits: CallLimits,
): Promise<{ readonly endStdin?: () => void }> {
  const request = { containerId, verbose: true }
  const { info } = await connection.call('ContainerStatus', request, limits)
  if (!isStdinOnce(info.info ?? '{}')) return {}
  const endStdin = () => {
    // A container that has just ended has no stdin to close.
    native.closeStdin(containerId, limits.signal).catch(() => undefined)
  }
  return { endStdin }
}

function isStdinOnce(info: string): boolean {
  const { config } = JSON.parse(info) as { config?: { stdin_once?: boolean } }
  return config?.stdin_once === true
}
