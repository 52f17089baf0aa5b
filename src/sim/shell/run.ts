import { plainCommands } from './builtins.ts'
import { pushCall, restore } from './control.ts'
import { expandText, expandWords } from './expand.ts'
import { expansionOf } from './expansion.ts'
import { filters } from './filters.ts'
import type { ShellMachine } from './machine.ts'
import { runFile } from './run-file.ts'
import { shellCommands } from './shell-commands.ts'
import type { CallFrame, Thread } from './state.ts'
import { ShellError, type SimpleCommand } from './syntax.ts'
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
  for (const [name, value] of values) thread.variables[name] = value
  if (words.length === 0) thread.status = thread.captures?.status ?? 0
  else runWith(shell, thread, words, before)
}

function runWith(
  shell: ShellMachine,
  thread: Thread,
  words: readonly string[],
  before: NonNullable<CallFrame['restore']>,
): void {
  const { pc, calls } = thread
  const depth = calls.length
  invoke(shell, thread, words)
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
  if (own) own({ shell, thread, args })
  else if (Object.hasOwn(filters, bare)) startFilter(thread, bare, args)
  else if (plain) {
    const { directory, variables } = thread
    const world = { ...shell.world, env: { ...shell.world.env, ...variables } }
    const done = plain(args, { world, directory })
    thread.status = done.status
    if (done.out) shell.write(thread, 'out', done.out)
    if (done.err) shell.write(thread, 'err', done.err)
  } else if (!runFile(shell, thread, words)) runUnknown(shell, thread, words)
}

function startFilter(thread: Thread, name: string, args: readonly string[]): void {
  const memo = { read: 0, lines: 0, kept: '', open: [] }
  thread.waiting = { for: 'filter', name, args, memo }
}

/** Whether the model knows what a command does. */
export function isKnown(name: string): boolean {
  return [plainCommands, shellCommands, filters].some((each) => Object.hasOwn(each, name))
}
