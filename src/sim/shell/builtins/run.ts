import { isProgram } from '../../agnhost/table.ts'
import { absolutePath } from '../../process/paths.ts'
import { type ExpansionWorld, expandText, expandWords } from '../expand/expand.ts'
import { failureOf, writeFailure } from '../files/file-failures.ts'
import { runFile } from '../programs/run-file.ts'
import { runProgram } from '../programs/run-program.ts'
import { bareName, runUnknown } from '../programs/unknown.ts'
import { pushCall, restore } from '../run/control.ts'
import { shellEnvironmentOf, shellName } from '../run/environment.ts'
import { expansionOf } from '../run/expansion.ts'
import type { ShellMachine } from '../run/machine.ts'
import type { CallFrame, Thread } from '../run/state.ts'
import { trace } from '../run/trace.ts'
import type { Dialect } from '../syntax/dialect.ts'
import { ShellError, type SimpleCommand, type Word } from '../syntax/syntax.ts'
import { assignArray, assignTo } from './assign.ts'
import type { Builtin } from './builtin.ts'
import { conditionHolds } from './conditional.ts'
import { builtinNamed } from './table.ts'

/** More than any script should hold in a variable. */
const textLimit = 4 * 1024 * 1024

/** Expands a command and runs it. Assignments before it are the command's alone. */
export function runSimple(shell: ShellMachine, thread: Thread, command: SimpleCommand): void {
  const expansion = expansionOf(shell, thread)
  if (command.isConditional) {
    runConditional(shell, thread, command.words, expansion)
    return
  }
  const words = expandWords(command.words, expansion)
  const values = command.assignments.map(
    ([name, value]) => [name, expandText(value, expansion)] as const,
  )
  if (values.some(([, value]) => value.length > textLimit)) throw new ShellError('Out of space')
  shell.charge(lettersOf([...words, ...values.map(([, value]) => value)]) / lettersPerStep)
  const arrays = (command.arrays ?? []).map((each) => ({
    ...each,
    words: expandWords(each.words, expansion),
  }))
  const before = Object.fromEntries(
    values.map(([name]) => [name, thread.variables[name] ?? null] as const),
  )
  if (thread.options.xtrace) trace(shell, thread, { command, values, words })
  for (const [name, value] of values) {
    assignTo(thread, name, value, expansion)
  }
  for (const each of arrays) assignArray(thread, each)
  chargeArrays(shell, thread, command)
  if (words.length === 0) thread.status = thread.captures?.status ?? 0
  else runWith(shell, thread, words, before)
}

/** Letters that cost one step to put together, and elements that cost one to copy. */
const lettersPerStep = 100
const elementsPerStep = 200

function lettersOf(texts: readonly string[]): number {
  let sum = 0
  for (const { length } of texts) sum += length
  return sum
}

/** An array is copied whenever it changes. */
function chargeArrays(shell: ShellMachine, thread: Thread, command: SimpleCommand): void {
  if (!thread.arrays) return
  const targets = command.assignments.map(([target]) => /^\w*/.exec(target)?.[0] ?? '')
  for (const name of [...targets, ...(command.arrays ?? []).map((each) => each.name)]) {
    const elements = thread.arrays[name]
    if (elements)
      shell.charge((lettersOf(elements) / lettersPerStep + elements.length) / elementsPerStep)
  }
}

/** `[[ … ]]`, which dash does not have. */
function runConditional(
  shell: ShellMachine,
  thread: Thread,
  words: readonly Word[],
  world: ExpansionWorld,
): void {
  if (thread.dialect === 'dash') {
    notFound(shell, thread, '[[')
    return
  }
  const { files } = shell.world
  const at = (path: string) => absolutePath(path, thread.directory)
  const holds = conditionHolds(words.slice(1, -1), {
    ...world,
    file: (path) => ({ kind: files.kindOf(at(path)), size: files.size(at(path)) ?? 0 }),
    matched: (groups) => {
      thread.arrays = { ...thread.arrays, BASH_REMATCH: groups }
    },
  })
  thread.status = holds ? 0 : 1
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
  else if (isProgram(words, shell.programs)) runProgram(shell, thread, words)
  else if (!runFile(shell, thread, words)) runUnknown(shell, thread, words)
}

function invokeBuiltin(
  shell: ShellMachine,
  thread: Thread,
  builtin: Builtin,
  [called = '', ...args]: readonly string[],
): void {
  const { dialect } = thread
  const { dialects = [dialect] } = builtin
  if (!dialects.includes(dialect)) {
    notFound(shell, thread, called)
    return
  }
  const failed = failureOf(() => start(shell, thread, builtin, args))
  if (!failed) return
  const [message, status] = writeFailure({ ...builtin, dialect, shell: shellName(thread) }, failed)
  shell.write(thread, 'err', message)
  thread.status = status
}

function start(
  shell: ShellMachine,
  thread: Thread,
  builtin: Builtin,
  args: readonly string[],
): void {
  const { directory, dialect } = thread
  if (builtin.kind === 'shell') builtin.run({ shell, thread, args })
  else if (builtin.kind === 'filter') startFilter(thread, builtin, args)
  else {
    const world = { ...shell.world, env: shellEnvironmentOf(shell, thread) }
    const done = builtin.run(args, {
      ...{ world, directory, dialect, isBareSystem: shell.isBareSystem },
      shell: shellName(thread),
    })
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
const bashOnly: ReadonlySet<string> = new Set('shopt mapfile readarray'.split(' '))

function isForeign(dialect: Dialect, name: string): boolean {
  return dialect !== 'bash' && bashOnly.has(name)
}

function notFound(shell: ShellMachine, thread: Thread, name: string): void {
  shell.write(thread, 'err', `${shellName(thread)}: 1: ${name}: not found\n`)
  thread.status = 127
}
