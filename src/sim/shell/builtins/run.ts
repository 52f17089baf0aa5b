import { expandText, expandWords } from '../expand/expand.ts'
import { runFile } from '../programs/run-file.ts'
import { bareName, runUnknown } from '../programs/unknown.ts'
import { pushCall, restore } from '../run/control.ts'
import { environmentOf } from '../run/environment.ts'
import { expansionOf } from '../run/expansion.ts'
import type { ShellMachine } from '../run/machine.ts'
import type { CallFrame, Thread } from '../run/state.ts'
import { trace } from '../run/trace.ts'
import type { Dialect } from '../syntax/dialect.ts'
import { ShellError, type SimpleCommand } from '../syntax/syntax.ts'
import type { Builtin } from './builtin.ts'
import { builtinNamed } from './table.ts'

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
  const names = Object.keys(before)
  if (names.length === 0) {
    invoke(shell, thread, words)
    return
  }
  const { pc, calls, exported } = thread
  const depth = calls.length
  const shown = Object.fromEntries(names.map((name) => [name, true] as const))
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
  const builtin = builtinNamed(bareName(name))
  if (builtin) invokeBuiltin(shell, thread, builtin, words)
  else if (isForeign(thread.dialect, name)) notFound(shell, thread, name)
  else if (!runFile(shell, thread, words)) runUnknown(shell, thread, words)
}

function invokeBuiltin(
  shell: ShellMachine,
  thread: Thread,
  builtin: Builtin,
  [called = '', ...args]: readonly string[],
): void {
  const { directory, dialect } = thread
  const { dialects = [dialect] } = builtin
  if (!dialects.includes(dialect)) notFound(shell, thread, called)
  else if (builtin.kind === 'shell') builtin.run({ shell, thread, args })
  else if (builtin.kind === 'filter') startFilter(thread, builtin, args)
  else {
    const world = { ...shell.world, env: environmentOf(shell, thread) }
    const done = builtin.run(args, { world, directory, dialect })
    thread.status = done.status
    if (done.out) shell.write(thread, 'out', done.out)
    if (done.err) shell.write(thread, 'err', done.err)
  }
}

function startFilter(
  thread: Thread,
  { name, filter }: Builtin & { readonly kind: 'filter' },
  args: readonly string[],
): void {
  thread.status = 0
  const memo = { read: 0, lines: 0, kept: '', open: [] }
  const isEndless = filter.isEndless?.(args) === true
  thread.waiting = isEndless ? { for: 'ever' } : { for: 'filter', name, args, memo }
}

/** Names of bash's own commands that the model does not have: others do not find them. */
const bashOnly: ReadonlySet<string> = new Set(
  'let declare typeset shopt mapfile readarray'.split(' '),
)

function isForeign(dialect: Dialect, name: string): boolean {
  return dialect === 'dash'
    ? bashOnly.has(name)
    : dialect === 'ash' && name !== 'let' && bashOnly.has(name)
}

function notFound(shell: ShellMachine, thread: Thread, name: string): void {
  shell.write(thread, 'err', `sh: 1: ${name}: not found\n`)
  thread.status = 127
}
