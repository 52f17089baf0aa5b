import { compileGlob, globFits } from '../../patterns/glob.ts'
import type { ExpansionWorld } from '../expand/expand.ts'
import type { Script } from '../syntax/syntax.ts'
import { openInput } from './inputs.ts'
import type { ShellMachine } from './machine.ts'
import { spendingOf } from './spending.ts'
import type { Thread } from './state.ts'
import { fork } from './threads.ts'

/**
 * Thrown when a word needs what a process has yet to write. The thread waits for that process, and
 * expands its command from the start again with all that is known by then.
 */
export class Suspended extends Error {
  override readonly name = 'Suspended'
}

/** What the words of a thread are expanded with. */
export function expansionOf(shell: ShellMachine, thread: Thread): ExpansionWorld {
  let captured = 0
  return {
    args: thread.args.slice(1),
    variable: (name) => variableOf(shell, thread, name),
    elements: (name) => thread.arrays?.[name],
    // A copy: what is expanded again begins with the variables that it had.
    assign: (name, value) => {
      shell.chargeCopy()
      thread.variables = { ...thread.variables, [name]: value }
    },
    capture: (body) => thread.captures?.texts[captured++] ?? startCapture(shell, thread, body),
    glob: (pattern) => namesThatFit(shell, thread, pattern),
    dialect: thread.dialect,
    spend: spendingOf(shell),
    isStrict: thread.options.nounset,
  }
}

function startCapture(shell: ShellMachine, thread: Thread, body: Script): never {
  const input = openInput(shell)
  const streams = { out: { pipe: input } }
  const { pid } = fork(shell, thread, { role: 'captured', at: shell.startOf(body), streams })
  thread.waiting = { for: 'capture', pid, input, text: '' }
  throw new Suspended()
}

function variableOf({ world }: ShellMachine, thread: Thread, name: string): string | undefined {
  switch (name) {
    case '?':
      return String(thread.status)
    case '$':
      return String(thread.shellPid)
    case '!':
      return thread.lastJob === 0 ? undefined : String(thread.lastJob)
    case '#':
      return String(thread.args.length - 1)
    case '@':
      return thread.args.slice(1).join(' ')
    case '*':
      return thread.args.slice(1).join((thread.variables.IFS ?? ' ').slice(0, 1))
    case '-':
      return flagsOf(thread)
    case 'PWD':
      return thread.directory
    case 'HOSTNAME':
      return thread.variables.HOSTNAME ?? world.hostname
    default:
      if (/^\d+$/.test(name)) return thread.args[Number(name)]
      return thread.arrays?.[name]?.[0] ?? thread.variables[name] ?? world.env[name]
  }
}

function flagsOf({ options }: Thread): string {
  const flags = { e: options.errexit, u: options.nounset, x: options.xtrace }
  return Object.entries(flags)
    .filter(([, isOn]) => isOn)
    .map(([flag]) => flag)
    .join('')
}

function namesThatFit(shell: ShellMachine, thread: Thread, pattern: string): readonly string[] {
  const slash = pattern.lastIndexOf('/')
  const directory = slash < 0 ? thread.directory : pattern.slice(0, slash) || '/'
  const prefix = slash < 0 ? '' : pattern.slice(0, slash + 1)
  const last = pattern.slice(slash + 1)
  const names = shell.world.files.list(directory)
  const glob = compileGlob([{ text: last, quoted: false }])
  const spend = spendingOf(shell)
  return names.filter((name) => globFits(glob, name, spend)).map((name) => prefix + name)
}
