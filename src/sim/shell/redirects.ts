import { absolute } from './builtins.ts'
import { expandText } from './expand.ts'
import { expansionOf } from './expansion.ts'
import type { ShellMachine } from './machine.ts'
import type { Destination, Outputs, Thread } from './state.ts'
import type { Redirect } from './syntax.ts'

export interface Opened {
  readonly outputs: Outputs
  readonly input?: string
  readonly error?: string
}

const streams: Readonly<Record<string, Destination>> = {
  '/dev/stdout': 'stdout',
  '/dev/stderr': 'stderr',
  '/dev/fd/1': 'stdout',
  '/dev/fd/2': 'stderr',
  '/proc/1/fd/1': 'stdout',
  '/proc/1/fd/2': 'stderr',
  '/proc/self/fd/1': 'stdout',
  '/proc/self/fd/2': 'stderr',
}

/** Opens what redirections name: files for output are emptied, those for input read. */
export function applyRedirects(
  shell: ShellMachine,
  thread: Thread,
  redirects: readonly Redirect[],
): Opened {
  let opened: Opened = { outputs: thread.outputs.at(-1) ?? { out: 'stdout', err: 'stderr' } }
  for (const redirect of redirects) {
    const text = expandText(redirect.target, expansionOf(shell, thread))
    opened = redirect.operator.startsWith('<')
      ? withInput(shell, thread, opened, { ...redirect, text })
      : withOutput(shell, thread, opened, { ...redirect, text })
    if (opened.error !== undefined) return opened
  }
  return opened
}

interface Named extends Redirect {
  readonly text: string
}

function withInput(
  { world }: ShellMachine,
  { directory }: Thread,
  opened: Opened,
  { operator, text }: Named,
): Opened {
  if (operator === '<<<') return { ...opened, input: `${text}\n` }
  const path = absolute(text, directory)
  const input = path === '/dev/null' ? '' : world.files.read(path)
  return input === undefined
    ? { ...opened, error: `sh: 1: cannot open ${text}: No such file\n` }
    : { ...opened, input }
}

function withOutput(
  shell: ShellMachine,
  { directory }: Thread,
  opened: Opened,
  { from, operator, text }: Named,
): Opened {
  const { out, err } = opened.outputs
  const duplicate = text === '1' ? out : err
  const destination =
    operator === '>&' ? duplicate : open(shell, absolute(text, directory), operator === '>')
  return {
    ...opened,
    outputs: from === 2 ? { out, err: destination } : { out: destination, err },
  }
}

function open(shell: ShellMachine, path: string, empties: boolean): Destination {
  const stream = streams[path]
  if (stream !== undefined) return stream
  if (path === '/dev/null') return { file: path }
  if (empties) shell.world.files.write(path, '')
  return { file: path }
}
