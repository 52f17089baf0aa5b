import type { ByteSink, StreamSession } from '#lib'
import { brokenStatus, type CommandStatus, exitStatus, statusJson } from './command-status.ts'

/** The client's side of an exec or attach, whatever protocol carries it. */
export interface CommandStreams {
  readonly stdin?: AsyncIterable<Uint8Array>
  readonly stdout?: ByteSink
  readonly stderr?: ByteSink
  /** Takes one Status at the end. */
  readonly error: ByteSink
  /** JSON of remotecommand's TerminalSize; may be cut anywhere. */
  readonly resizes?: AsyncIterable<Uint8Array>
}

/** Joins a running session to its client until the command has ended and all of it is sent. */
export async function runCommand(
  session: StreamSession,
  streams: CommandStreams,
  command: readonly string[],
  encode: (status: CommandStatus) => string = statusJson,
): Promise<void> {
  // Input has no end of its own that matters: the command may leave it unread.
  if (streams.stdin && session.stdin) void copy(streams.stdin, session.stdin).catch(() => {})
  if (streams.resizes) void resize(streams.resizes, session).catch(() => {})
  const outputs = [drain(session.stdout, streams.stdout), drain(session.stderr, streams.stderr)]
  const status = await ending(session, outputs, command)
  const encoded = encode(status)
  if (encoded !== '') await streams.error.write(Buffer.from(encoded))
  for (const sink of [streams.stdout, streams.stderr, streams.error]) sink?.end()
}

async function ending(
  session: StreamSession,
  outputs: readonly Promise<void>[],
  command: readonly string[],
): Promise<CommandStatus> {
  try {
    const [{ exitCode }] = await Promise.all([session.done, ...outputs])
    return exitStatus(exitCode, command)
  } catch (error) {
    return brokenStatus(error)
  }
}

async function copy(from: AsyncIterable<Uint8Array>, to: ByteSink): Promise<void> {
  try {
    for await (const chunk of from) await to.write(chunk)
  } finally {
    to.end()
  }
}

async function drain(from: AsyncIterable<Uint8Array>, to: ByteSink | undefined): Promise<void> {
  for await (const chunk of from) await to?.write(chunk)
}

const maxResizeBytes = 4096

async function resize(from: AsyncIterable<Uint8Array>, session: StreamSession): Promise<void> {
  let text = ''
  for await (const chunk of from) {
    text += Buffer.from(chunk).toString('utf8')
    if (text.length > maxResizeBytes) return
    for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
      applySize(text.slice(0, end + 1), session)
      text = text.slice(end + 1)
    }
  }
}

function applySize(json: string, session: StreamSession): void {
  let size: { readonly Width?: unknown; readonly Height?: unknown }
  try {
    size = JSON.parse(json)
  } catch {
    return
  }
  const { Width: columns, Height: rows } = size
  if (Number.isInteger(columns) && Number.isInteger(rows)) {
    session.resize(columns as number, rows as number)
  }
}
