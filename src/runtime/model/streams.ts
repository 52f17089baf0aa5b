import type { ByteStream, StreamSession } from '#lib'

/** An exec request asks for a command to be run in a container, with the streams that are wanted. */
export interface ExecRequest {
  readonly containerId: string
  readonly argv: readonly string[]
  readonly tty: boolean
  readonly stdin: boolean
  readonly stdout: boolean
  /** Must be false with `tty`: a terminal has one output. */
  readonly stderr: boolean
}

/** An attach request asks for the streams of a container's main process. */
export interface AttachRequest {
  readonly containerId: string
  /** As the container was created. */
  readonly tty: boolean
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
}

/** Long-lived byte streams into containers. A stream that was not asked for is empty. */
export interface StreamService {
  /** Runs a command; the session's `done` carries its exit code. */
  exec(request: ExecRequest, signal: AbortSignal): Promise<StreamSession>
  /** Joins the main process's streams; `done` resolves with 0 when they end, whatever its exit code. */
  attach(request: AttachRequest, signal: AbortSignal): Promise<StreamSession>
  /** One connection to `127.0.0.1:port` inside the sandbox. Rejects or breaks when nothing listens. */
  portForward(sandboxId: string, port: number, signal: AbortSignal): Promise<ByteStream>
}
