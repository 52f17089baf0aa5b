import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { ByteSink, Clock, StreamSession } from '#lib'
import { RuntimeError } from '../../../model/error.ts'
import type { ExecRequest } from '../../../model/streams.ts'
import type { NativeStreams } from '../../client/streams.ts'
import type { ContainerdBinaries } from '../layout/binaries.ts'
import type { ContainerdLayout } from '../layout/layout.ts'
import { sendSignal } from '../layout/process-identity.ts'

/** The namespace that containerd's CRI keeps its containers in. */
const namespace = 'k8s.io'

/** Commands by `runc exec` over pipes, where the end of the input can be told. */
export function createNativeExec(
  layout: ContainerdLayout,
  binaries: ContainerdBinaries,
  clock: Clock,
): NativeStreams['exec'] {
  return async (request, signal) => {
    signal.throwIfAborted()
    const notes = makeNotes(layout)
    const root = join(layout.runcRoot, namespace)
    const noted = ['--log', notes.log, '--log-format', 'json']
    const exec = ['exec', '--pid-file', notes.pid, request.containerId, ...request.argv]
    const child = spawn(binaries.runc, ['--root', root, ...noted, ...exec], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    return session(child, request, notes, { clock, signal })
  }
}

/** Where runc writes the number of the process it started, and why it did not start one. */
interface Notes {
  readonly directory: string
  readonly pid: string
  readonly log: string
}

function makeNotes(layout: ContainerdLayout): Notes {
  const parent = join(layout.state, 'exec')
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const directory = mkdtempSync(join(parent, 'exec-'))
  return { directory, pid: join(directory, 'pid'), log: join(directory, 'log') }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

function session(
  child: Child,
  request: ExecRequest,
  notes: Notes,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): StreamSession {
  const onAbort = () => {
    // runc's child is not our child: killing runc alone would leave the command running.
    const pid = readPid(notes)
    if (pid) sendSignal(pid, 'SIGKILL')
    child.kill('SIGKILL')
  }
  signal.addEventListener('abort', onAbort, { once: true })
  const done = new Promise<{ readonly exitCode: number }>((resolve, reject) => {
    child.on('error', (error) => reject(new RuntimeError('unknown', error.message)))
    child.on('close', (code) => {
      signal.removeEventListener('abort', onAbort)
      const started = existsSync(notes.pid)
      const failure = started ? undefined : startFailure(notes)
      rmSync(notes.directory, { recursive: true, force: true })
      if (signal.aborted) reject(signal.reason)
      else if (failure) reject(failure)
      else resolve({ exitCode: code ?? 137 })
    })
  })
  done.catch(() => undefined) // a caller may only look at the streams
  if (!request.stdin) child.stdin.end()
  return {
    ...(request.stdin ? { stdin: pipeSink(child.stdin) } : {}),
    stdout: request.stdout ? child.stdout : drained(child.stdout),
    stderr: request.stderr ? onceStarted(child, notes, clock) : drained(child.stderr),
    resize: () => undefined, // there is no terminal
    done,
  }
}

/** runc prints its own failure to stderr too; that is not the command's output. */
async function* onceStarted(child: Child, notes: Notes, clock: Clock): AsyncGenerator<Uint8Array> {
  for await (const chunk of child.stderr) {
    // runc writes the file just after the start, so the command's first words may be earlier.
    while (!existsSync(notes.pid) && child.exitCode === null && child.signalCode === null) {
      await clock.sleep(2)
    }
    if (!existsSync(notes.pid) && !existsSync(notes.directory)) return
    if (existsSync(notes.pid)) yield chunk as Uint8Array
  }
}

/** Reads and discards, so that the command does not wait for us; yields nothing. */
function drained(stream: Readable): AsyncIterable<Uint8Array> {
  stream.resume()
  return (async function* () {
    /* nothing was asked for */
  })()
}

function pipeSink(pipe: Writable): ByteSink {
  pipe.on('error', () => undefined) // the command closed its input; each write says so
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        pipe.write(bytes, (error) => {
          if (error) reject(new RuntimeError('unavailable', error.message, { cause: error }))
          else resolve()
        })
      }),
    end: () => pipe.end(),
  }
}

function readPid(notes: Notes): number | undefined {
  try {
    return Number(readFileSync(notes.pid, 'utf8')) || undefined
  } catch {
    return undefined
  }
}

/** Worded as containerd's CRI words it, with an id as containerd gives one to every command. */
function startFailure(notes: Notes): RuntimeError {
  const why = lastMessage(notes) ?? 'runc ended without a word'
  const id = createHash('sha256').update(notes.directory).digest('hex')
  return new RuntimeError(
    'unknown',
    `failed to exec in container: failed to start exec "${id}": OCI runtime exec failed: ${why}: unknown`,
  )
}

function lastMessage(notes: Notes): string | undefined {
  try {
    const line = readFileSync(notes.log, 'utf8').trimEnd().split('\n').at(-1) ?? ''
    return (JSON.parse(line) as { readonly msg?: string }).msg
  } catch {
    return undefined
  }
}
