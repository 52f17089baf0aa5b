import { plainCommands } from './builtins.ts'
import { pushCall, restore } from './control.ts'
import { environmentOf } from './environment.ts'
import { expandText, expandWords } from './expand.ts'
import { expansionOf } from './expansion.ts'
import { filters } from './filters.ts'
import type { ShellMachine } from './machine.ts'
import { runFile } from './run-file.ts'
import { shellCommands } from './shell-commands.ts'
import type { CallFrame, Thread } from './state.ts'
import { ShellError, type SimpleCommand } from './syntax.ts'
import { trace } from './trace.ts'
import { bareName, runUnknown } from './unknown.ts'

/** More than any script should hold in a variable. */
const textLimit = 4 * 1024 * 1024

/** Expands a command and runs it. Assignments before it are the command's alone. */
export function runSimple(shell: ShellMachine, thread: Thread, command: SimpleCommand): void {
  const expansion = expansionOf(shell, thread)
  const words = expandWords(command.words, expansion)
  const values = command.assignments.map(
    ([name, value]) => [name, expandText(value, expansion)] as const,
  )
  if (values.some(([, value]) => value.length > textLimit)) throw new ShellError('Out of space')
  const before = Object.fromEntries(
    values.map(([name]) => [name, thread.variables[name] ?? null] as const),
  )
  if (thread.options.xtrace) trace(shell, thread, { command, values, words })
  for (const [name, value] of values) {
    if (thread.readonly[name]) throw new ShellError(`${name}: is read only`)
    thread.variables[name] = value
  }
  if (words.length === 0) thread.status = thread.captures?.status ?? 0
  else runWith(shell, thread, words, before)
}

function runWith(
  shell: ShellMachine,
  thread: Thread,
  words: readonly string[],
  before: NonNullable<CallFrame['restore']>,
): void {
  const { pc, calls, exported } = thread
  const depth = calls.length
  const shown = Object.fromEntries(Object.keys(before).map((name) => [name, true] as const))
  thread.exported = { ...exported, ...shown }
  invoke(shell, thread, words)
  if (thread.pc === pc || thread.calls.length > depth) {
    // `export` itself may have added some.
    const added = Object.keys(thread.exported).filter((name) => !(name in shown))
    thread.exported = { ...exported, ...Object.fromEntries(added.map((name) => [name, true])) }
  }
  const frame = thread.calls.at(-1)
  if (thread.calls.length > depth && frame) frame.restore = { ...frame.restore, ...before }
  // Elsewhere it has become another program, whose variables they are.
  else if (thread.pc === pc) restore(thread, before)
}

/** Runs one command with its words; it may leave the thread waiting. */
export function invoke(shell: ShellMachine, thread: Thread, words: readonly string[]): void {
  const [name = '', ...args] = words
  const at = thread.functions[name]
  if (at !== undefined) {
    pushCall(thread)
    thread.args = [thread.args[0] ?? 'sh', ...args]
    thread.pc = at
    return
  }
  const bare = bareName(name)
  const own = Object.hasOwn(shellCommands, bare) ? shellCommands[bare] : undefined
  const plain = Object.hasOwn(plainCommands, bare) ? plainCommands[bare] : undefined
  if (isForeign(thread, name)) notFound(shell, thread, name)
  else if (own) own({ shell, thread, args })
  else if (Object.hasOwn(filters, bare)) startFilter(thread, bare, args)
  else if (plain) {
    const { directory, dialect } = thread
    const world = { ...shell.world, env: environmentOf(shell, thread) }
    const done = plain(args, { world, directory, dialect })
    thread.status = done.status
    if (done.out) shell.write(thread, 'out', done.out)
    if (done.err) shell.write(thread, 'err', done.err)
  } else if (!runFile(shell, thread, words)) runUnknown(shell, thread, words)
}

function startFilter(thread: Thread, name: string, args: readonly string[]): void {
  const memo = { read: 0, lines: 0, kept: '', open: [] }
  thread.waiting = { for: 'filter', name, args, memo }
}

/** What bash has and others have not, busybox's sh but few. */
const foreign: Readonly<Record<'dash' | 'ash', ReadonlySet<string>>> = {
  dash: new Set(['[[', 'source', 'let', 'declare', 'typeset', 'shopt', 'mapfile', 'readarray']),
  ash: new Set(['declare', 'typeset', 'shopt', 'mapfile', 'readarray']),
}

function isForeign({ dialect }: Thread, name: string): boolean {
  return dialect !== 'bash' && foreign[dialect].has(name)
}

function notFound(shell: ShellMachine, thread: Thread, name: string): void {
  shell.write(thread, 'err', `sh: 1: ${name}: not found\n`)
  thread.status = 127
}

/** Whether the model knows what a command does. */
export function isKnown(name: string): boolean {
  return [plainCommands, shellCommands, filters].some((each) => Object.hasOwn(each, name))
}
