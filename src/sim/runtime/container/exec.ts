import type { ByteStream, StreamSession } from '#lib'
import { createChannel } from '#lib'
import {
  type AttachRequest,
  type ExecRequest,
  type ExecResult,
  RuntimeError,
  type StreamService,
} from '#runtime'
import { serveHttp } from '../../network/http-stream.ts'
import { bytesOf, bytesReader } from '../../process/bytes.ts'
import { killedCode } from '../../process/consumption.ts'
import type { ProcessSpec, ProcessWorld } from '../../process/process.ts'
import { type ContainersWorld, containerById } from './containers.ts'
import { listenerIn } from './listener.ts'
import { failureToStart, startInside } from './processes.ts'
import { type ContainerRecord, recordsOf } from './records.ts'
import type { RunningProcess } from './running-process.ts'
import { newId } from './runtime-node.ts'
import { cannotExec } from './start-errors.ts'

/** A command that is run inside, and what it may cost. */
export interface SyncExec {
  readonly id: string
  readonly argv: readonly string[]
  /** 0 waits for ever. */
  readonly timeoutMs: number
}

/** Runs a command to its end; rejects with `deadlineExceeded` when that takes too long. */
export async function execSync(
  world: ContainersWorld,
  { id, argv, timeoutMs }: SyncExec,
  signal: AbortSignal,
): Promise<ExecResult> {
  const container = runningContainer(world, id)
  const why = failureToStart(world, container, argv)
  if (why !== undefined) throw cannotExec(why, newId(world.execIds))
  const output = { stdout: '', stderr: '' }
  const spec = specOf(container, argv, { stdin: false, tty: false })
  const running = startInside(world, container, spec, {
    write: (stream, text) => {
      output[stream] += text
    },
  })
  const late = new AbortController()
  using _timer = timeoutMs > 0 ? world.clock.timer(timeoutMs, () => late.abort()) : undefined
  try {
    await endOf(running, container, AbortSignal.any([signal, late.signal]))
  } catch (error) {
    if (late.signal.aborted) throw tooLate(timeoutMs)
    throw error
  }
  return {
    stdout: bytesOf(output.stdout),
    stderr: bytesOf(output.stderr),
    exitCode: running.process.exit?.code ?? killedCode,
  }
}

function tooLate(timeoutMs: number): RuntimeError {
  return new RuntimeError(
    'deadlineExceeded',
    `failed to exec in container: timeout ${timeoutMs / 1000}s exceeded: context deadline exceeded`,
  )
}

/** Ends with the command, or with its container; when the signal aborts, the command is killed. */
async function endOf(
  running: RunningProcess,
  container: ContainerRecord,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController()
  const kill = () => running.signal('SIGKILL')
  void container.process?.ended(AbortSignal.any([signal, over.signal])).then(kill, () => undefined)
  try {
    await running.ended(signal)
  } catch (error) {
    kill()
    throw error
  } finally {
    over.abort()
  }
}

const bufferedChunks = 4096

export function createStreams(world: ContainersWorld): StreamService {
  return {
    exec: async (request, signal) => openExec(world, request, signal),
    attach: async (request, signal) => openAttach(world, request, signal),
    portForward: async (sandboxId, port, signal) => forward(world, sandboxId, port, signal),
  }
}

function openExec(
  world: ContainersWorld,
  request: ExecRequest,
  signal: AbortSignal,
): StreamSession {
  const container = runningContainer(world, request.containerId)
  const why = failureToStart(world, container, request.argv)
  const streams = createSessionStreams()
  if (why !== undefined) {
    streams.close()
    const done = Promise.reject(cannotExec(why, newId(world.execIds)))
    done.catch(() => undefined)
    const resize = () => undefined
    return { ...streams.session, resize, ...(request.stdin ? { stdin: nowhere } : {}), done }
  }
  const spec = specOf(container, request.argv, request)
  const write: ProcessWorld['write'] = (stream, text) =>
    streams.write(request.tty ? 'stdout' : stream, text)
  const running = startInside(world, container, spec, { write, onExit: streams.close })
  const done = endOf(running, container, signal)
    .finally(streams.close)
    .then(() => ({ exitCode: running.process.exit?.code ?? killedCode }))
  done.catch(() => undefined)
  const stdin = request.stdin ? { stdin: stdinOf(running) } : {}
  return { ...streams.session, ...stdin, resize: resizeOf(running), done }
}

function openAttach(
  world: ContainersWorld,
  request: AttachRequest,
  signal: AbortSignal,
): StreamSession {
  const container = runningContainer(world, request.containerId)
  const { process, outputs, config } = container
  if (!process || !outputs) throw notRunning(container)
  const streams = createSessionStreams()
  const listening = outputs.add({
    stdout: (text) => streams.write('stdout', text),
    stderr: (text) => streams.write(request.tty ? 'stdout' : 'stderr', text),
  })
  const leave = () => {
    listening[Symbol.dispose]()
    streams.close()
    if (request.stdin && config.stdinOnce) process.input(undefined)
  }
  const done = process
    .ended(signal)
    .finally(leave)
    .then(() => ({ exitCode: 0 }))
  done.catch(() => undefined)
  const stdin = request.stdin ? { stdin: stdinOf(process) } : {}
  return { ...streams.session, ...stdin, resize: resizeOf(process), done }
}

interface SessionStreams {
  readonly session: Omit<StreamSession, 'stdin' | 'resize' | 'done'>
  write(stream: 'stdout' | 'stderr', text: string): void
  close(): void
}

function createSessionStreams(): SessionStreams {
  const stdout = createChannel<Uint8Array>(bufferedChunks)
  const stderr = createChannel<Uint8Array>(bufferedChunks)
  return {
    session: { stdout, stderr },
    write: (stream, text) => void (stream === 'stdout' ? stdout : stderr).push(bytesOf(text)),
    close() {
      stdout.close()
      stderr.close()
    },
  }
}

/** Of a command that was never started. */
const nowhere: NonNullable<StreamSession['stdin']> = {
  write: async () => undefined,
  end: () => undefined,
}

function stdinOf(running: RunningProcess): NonNullable<StreamSession['stdin']> {
  const reader = bytesReader()
  return {
    write: async (bytes) => running.input(reader.read(bytes)),
    end: () => {
      const rest = reader.end()
      if (rest !== '') running.input(rest)
      running.input(undefined)
    },
  }
}

function resizeOf(running: RunningProcess): StreamSession['resize'] {
  return (columns, rows) => running.resize({ columns, rows })
}

function forward(
  { records }: ContainersWorld,
  sandboxId: string,
  port: number,
  signal: AbortSignal,
): ByteStream {
  const sandbox = records.sandboxes.get(sandboxId)
  if (!sandbox)
    throw new RuntimeError('notFound', `failed to find sandbox "${sandboxId}": not found`)
  const current = () => listenerIn(sandbox, recordsOf(records, sandboxId), port)
  if (!current()) return refused(port)
  const connection = serveHttp({
    current,
    fromIp: '127.0.0.1',
    isUp: () => sandbox.state === 'ready',
  })
  return {
    input: {
      write: (bytes) => connection.write(bytes, signal),
      end: () => void connection.end(),
    },
    output: connection.incoming,
    close: () => void connection[Symbol.asyncDispose](),
  }
}

function refused(port: number): ByteStream {
  const output = createChannel<Uint8Array>(1)
  output.fail(
    new RuntimeError(
      'unknown',
      `failed to connect to localhost:${port} inside namespace, IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused`,
    ),
  )
  const input = { write: async () => undefined, end: () => undefined }
  return { input, output, close: () => undefined }
}

function specOf(
  { config }: ContainerRecord,
  argv: readonly string[],
  { stdin, tty }: { readonly stdin: boolean; readonly tty: boolean },
): ProcessSpec {
  return { argv, isInit: false, stdin, tty, workingDir: config.workingDir || '/' }
}

function runningContainer(world: ContainersWorld, id: string): ContainerRecord {
  const container = containerById(world, id)
  if (container.state === 'running') return container
  throw notRunning(container)
}

function notRunning({ state }: ContainerRecord): RuntimeError {
  return new RuntimeError(
    'unknown',
    `failed to exec in container: container is in CONTAINER_${state.toUpperCase()} state`,
  )
}
