import { FileError } from '../../process/file-error.ts'
import { absolutePath } from '../../process/paths.ts'
import { expandText } from '../expand/expand.ts'
import { cannotCreate, failureOf } from '../files/file-failures.ts'
import type { Redirect } from '../syntax/syntax.ts'
import { shellName } from './environment.ts'
import { expansionOf } from './expansion.ts'
import { openInput } from './inputs.ts'
import type { ShellMachine } from './machine.ts'
import { type Destination, noInput, type Streams, type Thread } from './state.ts'
import { streamsOf } from './threads.ts'

/** What the container's first process writes to, whoever names it. */
const outputs: Readonly<Record<string, Destination>> = {
  '/proc/1/fd/1': 'stdout',
  '/proc/1/fd/2': 'stderr',
}

/** Names of the thread's own outputs, wherever they go. */
const ownOut: ReadonlySet<string> = new Set(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])
const ownErr: ReadonlySet<string> = new Set(['/dev/stderr', '/dev/fd/2', '/proc/self/fd/2'])

interface Named extends Redirect {
  readonly text: string
}

/**
 * Opens what redirections name: files for output are emptied, those for input read. A text says why
 * that is not possible.
 */
export function applyRedirects(
  shell: ShellMachine,
  thread: Thread,
  redirects: readonly Redirect[],
): Streams | string {
  const expansion = expansionOf(shell, thread)
  const named = redirects.map((each) => ({ ...each, text: expandText(each.target, expansion) }))
  let streams = streamsOf(thread)
  for (const redirect of named) {
    const opened =
      redirect.from === 0
        ? withInput(shell, thread, streams, redirect)
        : withOutput(shell, thread, streams, redirect)
    if (typeof opened === 'string') return opened
    streams = opened
  }
  return streams
}

function withInput(
  shell: ShellMachine,
  thread: Thread,
  streams: Streams,
  { operator, text }: Named,
): Streams | string {
  if (operator === '<<<') return { ...streams, in: openInput(shell, `${text}\n`) }
  if (operator === '<<') return { ...streams, in: openInput(shell, text) }
  if (operator === '<&') return text === '-' ? { ...streams, in: noInput } : streams
  if (text === '/dev/stdin') return streams
  const path = absolutePath(text, thread.directory)
  if (path === '/dev/null') return { ...streams, in: noInput }
  const found = shell.world.files.read(path)
  if (found === undefined) return `${shellName(thread)}: 1: cannot open ${text}: No such file\n`
  return { ...streams, in: openInput(shell, found) }
}

function withOutput(
  shell: ShellMachine,
  thread: Thread,
  streams: Streams,
  { from, operator, text }: Named,
): Streams | string {
  const path = absolutePath(text, thread.directory)
  const voice = { dialect: thread.dialect, shell: shellName(thread) }
  const isCopy = operator === '>&'
  if (!isCopy && shell.world.files.kindOf(path) === 'directory') {
    return cannotCreate(voice, text, 'Is a directory')
  }
  const to = isCopy ? copyOf(streams, text) : open(shell, streams, path, operator === '>')
  if (to instanceof FileError) return cannotCreate(voice, text, to.reason)
  if (from > 2) return { ...streams, others: { ...streams.others, [from]: to } }
  return from === 2 ? { ...streams, err: to } : { ...streams, out: to }
}

function copyOf({ out, err, others }: Streams, number: string): Destination {
  if (number === '-') return { file: '/dev/null' }
  return others?.[number] ?? (number === '1' ? out : err)
}

function open(
  shell: ShellMachine,
  streams: Streams,
  path: string,
  empties: boolean,
): Destination | FileError {
  if (ownOut.has(path)) return streams.out
  if (ownErr.has(path)) return streams.err
  const stream = outputs[path]
  if (stream !== undefined) return stream
  if (path === '/dev/null') return { file: path }
  const { files } = shell.world
  const failed = failureOf(() => (empties ? files.write(path, '') : files.append(path, '')))
  return failed ?? { file: path }
}
