import type { StreamSession } from '#lib'
import { RuntimeError } from '../../model/error.ts'
import type { AttachRequest, ExecRequest, StreamService } from '../../model/streams.ts'
import { openCommandSession } from './command-session.ts'
import type { CallLimits, CriConnection } from './connection.ts'
import { openPortSession } from './port-session.ts'

/**
 * What a runtime on this machine offers besides the CRI, whose streaming servers cannot half-close
 * stdin (`exec -i … < file` would never end). Pipes can.
 */
export interface NativeStreams {
  /** Runs a command without a terminal in a running container. */
  exec(request: ExecRequest, signal: AbortSignal): Promise<StreamSession>
  /** The input of a container's main process; undefined when it cannot be had. */
  openStdin(containerId: string): Promise<NativeStdin | undefined>
}

export interface NativeStdin {
  write(bytes: Uint8Array): Promise<void>
  /** Resolves when the container can read all that was written. */
  flush(): Promise<void>
}

export function createStreamService(
  connection: CriConnection,
  limits: (signal: AbortSignal) => CallLimits,
  native: NativeStreams | undefined,
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
      const open = (streams: Partial<AttachRequest>) =>
        attach(connection, { ...request, ...streams }, limits(signal))
      const session = await open({})
      const isPiped = request.stdin && !request.tty
      const input = isPiped ? await native?.openStdin(request.containerId) : undefined
      if (!input) return session
      return withInput(session, input, () => open({ stdout: false, stderr: true }))
    },
    portForward: async (sandboxId, port, signal) => {
      const call = { podSandboxId: sandboxId, port: [port] }
      const { url } = await connection.call('PortForward', call, limits(signal))
      return openPortSession(url, port, signal)
    },
  }
}

async function attach(
  connection: CriConnection,
  request: AttachRequest,
  limits: CallLimits,
): Promise<StreamSession> {
  const { url } = await connection.call('Attach', { ...request }, limits)
  const { stdin } = request
  const endsByClosing = stdin && !request.stdout
  return openCommandSession({ url, stdin, endsByClosing, exitCodeOnClose: 0 }, limits.signal)
}

/**
 * Input past the streaming server. Its end is told by a second client with input that leaves again:
 * that is when a runtime closes the input of a `stdinOnce` container, and of no other.
 */
function withInput(
  session: StreamSession,
  input: NativeStdin,
  second: () => Promise<StreamSession>,
): StreamSession {
  const finish = async () => {
    await input.flush()
    const { stdin } = await second()
    stdin?.end()
  }
  const end = () => {
    finish().catch(() => undefined) // a container that has just ended has no input to close
  }
  const release = () => input.flush()
  session.done.then(release, release)
  return { ...session, stdin: { write: input.write, end } }
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
