import { globFits } from '../../patterns/glob.ts'
import { computed, expandPattern, expandText, expandWords } from '../expand/expand.ts'
import type { Instruction } from '../syntax/instruction.ts'
import { ShellError } from '../syntax/syntax.ts'
import { expansionOf } from './expansion.ts'
import { openInput } from './inputs.ts'
import type { ShellMachine } from './machine.ts'
import { applyRedirects } from './redirects.ts'
import type { CallFrame, Depths, LoopFrame, Thread } from './state.ts'
import { dropInputs, endThread, fork } from './threads.ts'

type Of<Op extends Instruction['op']> = Instruction & { readonly op: Op }
type Control = Exclude<Instruction['op'], 'run' | 'end' | 'next' | 'errexit'>
type Handlers = {
  readonly [Op in Control]: (shell: ShellMachine, thread: Thread, instruction: Of<Op>) => void
}

/** What the instructions do that move a thread about in its program, or start others. */
const handlers: Handlers = {
  parts: startParts,
  arithmetic: (shell, thread, { text, ifEmpty }) => {
    const expression = expandText(text, expansionOf(shell, thread))
    const value =
      expression.trim() === '' ? ifEmpty : computed(expression, expansionOf(shell, thread))
    thread.status = value === 0 ? 1 : 0
  },
  jump: (_, thread, { to }) => {
    thread.pc = to
  },
  jumpIf: (_, thread, { succeeded, to }) => {
    if ((thread.status === 0) === succeeded) thread.pc = to
  },
  test: (_, thread) => {
    thread.tested++
  },
  tested: (_, thread) => {
    thread.tested--
  },
  negate: (_, thread) => {
    thread.status = thread.status === 0 ? 1 : 0
  },
  status: (_, thread, { value }) => {
    thread.status = value
  },
  forStart: (shell, thread, { words }) => {
    const given = words ? expandWords(words, expansionOf(shell, thread)) : thread.args.slice(1)
    thread.lists.push([...given])
  },
  forNext: (_, thread, { name, to }) => {
    const next = thread.lists.at(-1)?.shift()
    if (next === undefined) thread.pc = to
    else thread.variables[name] = next
  },
  loop: (_, thread, { breakTo, continueTo }) => {
    thread.loops.push({ ...depthsOf(thread), breakTo: breakTo.to, continueTo })
  },
  unloop: (_, thread, { hasList }) => {
    thread.loops.pop()
    if (hasList) thread.lists.pop()
  },
  startCase: (shell, thread, { word }) => {
    thread.lists.push([expandText(word, expansionOf(shell, thread))])
  },
  case: (shell, thread, { patterns, to }) => {
    const world = expansionOf(shell, thread)
    const [text = ''] = thread.lists.at(-1) ?? []
    const fits = patterns.some((pattern) =>
      globFits(expandPattern(pattern, world), text, world.spend),
    )
    if (!fits) thread.pc = to
  },
  endCase: (_, thread) => {
    thread.lists.pop()
  },
  spawn: (shell, thread, { to }) => {
    const job = fork(shell, thread, { role: 'job', at: thread.pc })
    thread.lastJob = job.pid
    thread.status = 0
    thread.pc = to
  },
  redirect: (shell, thread, { redirects, to }) => {
    const opened = applyRedirects(shell, thread, redirects)
    if (typeof opened !== 'string') {
      thread.streams.push(opened)
      return
    }
    shell.write(thread, 'err', opened)
    thread.status = 2
    thread.pc = to
  },
  unredirect: (shell, thread) => {
    thread.streams.pop()
    dropInputs(shell)
  },
  define: (_, thread, { name, at, to }) => {
    thread.functions[name] = at
    thread.pc = to
  },
  return: (shell, thread) => returnFrom(shell, thread, thread.status),
}

export function isControl(instruction: Instruction): instruction is Of<Control> {
  return Object.hasOwn(handlers, instruction.op)
}

export function control(shell: ShellMachine, thread: Thread, instruction: Of<Control>): void {
  const handler = handlers[instruction.op] as (
    shell: ShellMachine,
    thread: Thread,
    instruction: Instruction,
  ) => void
  handler(shell, thread, instruction)
}

/** The processes of a pipeline, each connected with the next; a subshell is one alone. */
function startParts(shell: ShellMachine, thread: Thread, { starts, to }: Of<'parts'>): void {
  const pids: number[] = []
  let input: number | undefined
  for (const [index, at] of starts.entries()) {
    const output = index < starts.length - 1 ? openInput(shell) : undefined
    const streams = {
      ...(input === undefined ? {} : { in: input }),
      ...(output === undefined ? {} : { out: { pipe: output } }),
    }
    pids.push(fork(shell, thread, { role: 'part', at, streams }).pid)
    input = output
  }
  thread.pc = to
  thread.waiting = { for: 'parts', pids }
}

function depthsOf({ streams, lists, tested }: Thread): Depths {
  return { streams: streams.length, lists: lists.length, tested }
}

/** Closes what was opened within a loop or a call that is left. */
function closeDownTo(
  shell: ShellMachine,
  thread: Thread,
  { streams, lists, tested }: Depths,
): void {
  if (thread.streams.length > streams) {
    thread.streams.length = streams
    dropInputs(shell)
  }
  thread.lists.length = Math.min(thread.lists.length, lists)
  thread.tested = tested
}

/** Back to where a function, a sourced script or a trap was called from. */
export function returnFrom(shell: ShellMachine, thread: Thread, status: number): void {
  const frame = thread.calls.pop()
  if (!frame) {
    thread.status = status
    shell.finish(thread)
    return
  }
  restore(thread, frame.restore ?? {})
  thread.args = frame.args
  thread.status = frame.isTrap ? frame.status : status
  if (frame.returnTo < 0) {
    endThread(shell, thread, frame.status)
    return
  }
  closeDownTo(shell, thread, frame)
  thread.loops.length = Math.min(thread.loops.length, frame.loops)
  thread.pc = frame.returnTo
}

export function restore(thread: Thread, values: NonNullable<CallFrame['restore']>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === null) delete thread.variables[name]
    else thread.variables[name] = value
  }
}

/** `break` and `continue`, out of or on with the loop that is `levels` up. */
export function leaveLoops(
  shell: ShellMachine,
  thread: Thread,
  levels: number,
  to: (frame: LoopFrame) => number,
): void {
  thread.status = 0
  const { loops } = thread
  if (loops.length === 0) return
  loops.length = Math.max(1, loops.length - levels + 1)
  const frame = loops.at(-1)
  if (!frame) return
  closeDownTo(shell, thread, frame)
  thread.pc = to(frame)
}

/** `exit`: out of the shell, or of the subshell. Without a code a trap keeps the status before it. */
export function leave(shell: ShellMachine, thread: Thread, code: number | undefined): void {
  const trap = thread.calls.findLast(({ isTrap }) => isTrap)
  thread.status = (code ?? trap?.status ?? thread.status) & 255
  shell.finish(thread)
}

const callLimit = 1000

/** The frame of a call from where a thread stands. */
export function pushCall(thread: Thread, frame: Partial<CallFrame> = {}): void {
  if (thread.calls.length >= callLimit) {
    throw new ShellError(`Maximum function recursion depth (${callLimit}) reached`)
  }
  const { pc, args, loops } = thread
  const where = { returnTo: pc, args, status: 0, loops: loops.length }
  thread.calls.push({ ...depthsOf(thread), ...where, ...frame })
}

/** Runs a script as if its text stood here. */
export function call(
  shell: ShellMachine,
  thread: Thread,
  text: string,
  args: readonly string[] = thread.args,
): void {
  const at = shell.add(text, 'return')
  pushCall(thread)
  thread.args = [...args]
  thread.pc = at
}
