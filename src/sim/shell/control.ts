import type { Instruction } from './compile.ts'
import { expandText, expandWords, patternFits } from './expand.ts'
import { expansionOf } from './expansion.ts'
import type { ShellMachine } from './machine.ts'
import { applyRedirects } from './redirects.ts'
import { copyThread, type Thread } from './state.ts'

type Of<Op extends Instruction['op']> = Instruction & { readonly op: Op }
type Control = Exclude<Instruction['op'], 'run' | 'pipe' | 'end' | 'next' | 'errexit'>
type Handlers = {
  readonly [Op in Control]: (shell: ShellMachine, thread: Thread, instruction: Of<Op>) => void
}

/** What the instructions do that only move a thread about in its program. */
const handlers: Handlers = {
  jump: (_, thread, { to }) => {
    thread.pc = to
  },
  jumpIf: (_, thread, { succeeded, to }) => {
    if ((thread.status === 0) === succeeded) thread.pc = to
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
    if (next !== undefined) {
      thread.variables[name] = next
      return
    }
    thread.lists.pop()
    thread.pc = to
  },
  loop: (_, thread, { breakTo, continueTo }) => {
    thread.loops.push({ breakTo: breakTo.to, continueTo })
  },
  unloop: (_, thread) => {
    thread.loops.pop()
  },
  case: (shell, thread, { word, patterns, to }) => {
    const world = expansionOf(shell, thread)
    const text = expandText(word, world)
    const fits = patterns.some((pattern) => patternFits(expandText(pattern, world), text))
    if (!fits) thread.pc = to
  },
  spawn: ({ state }, thread, { to }) => {
    const job = copyThread(thread, state.nextPid++)
    state.threads.push(job)
    thread.lastJob = job.pid
    thread.status = 0
    thread.pc = to
  },
  redirect: (shell, thread, { redirects }) => {
    const opened = applyRedirects(shell, thread, redirects)
    thread.outputs.push(opened.outputs)
    if (opened.input !== undefined) thread.piped = opened.input
  },
  unredirect: (_, thread) => {
    thread.outputs.pop()
  },
  enter: (_, thread, { to }) => {
    const { variables, directory } = thread
    thread.scopes.push({ variables: { ...variables }, directory, leaveAt: to })
  },
  leave: (_, thread) => {
    const { variables = {}, directory = '/' } = thread.scopes.pop() ?? {}
    thread.variables = variables
    thread.directory = directory
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

/** Back to where a function, a sourced script or a trap was called from. */
export function returnFrom(shell: ShellMachine, thread: Thread, status: number): void {
  const frame = thread.calls.pop()
  if (!frame) {
    thread.status = status
    shell.finish(thread)
    return
  }
  thread.args = frame.args
  thread.status = frame.isTrap ? frame.status : status
  if (frame.returnTo >= 0) {
    thread.pc = frame.returnTo
    return
  }
  thread.ended = true
  shell.state.exit = { code: frame.status }
}

/** `exit`: out of a subshell, of a shell within the shell, or of the shell. */
export function leave(shell: ShellMachine, thread: Thread, code: number): void {
  const scope = thread.scopes.at(-1)
  const inner = thread.calls.findLastIndex(({ isShell }) => isShell)
  thread.status = code & 255
  if (scope) thread.pc = scope.leaveAt
  else if (inner >= 0) {
    thread.calls.splice(inner + 1)
    returnFrom(shell, thread, thread.status)
  } else shell.finish(thread)
}

export interface CallOptions {
  readonly args?: readonly string[]
  readonly isShell?: true
}

/** Runs a script as if its text stood here. */
export function call(
  shell: ShellMachine,
  thread: Thread,
  text: string,
  { args = thread.args, isShell }: CallOptions = {},
): void {
  const frame = { returnTo: thread.pc, args: thread.args, status: 0 }
  thread.calls.push(isShell ? { ...frame, isShell } : frame)
  thread.args = [...args]
  thread.pc = shell.add(text, 'return')
}
