import type { ShellMachine } from './machine.ts'
import type { Thread } from './state.ts'
import { ShellSyntaxError } from './syntax.ts'

/** `cat` without files: passes on what came in; true once input has ended. */
export function copyInput(shell: ShellMachine, thread: Thread): boolean {
  const { state } = shell
  if (state.stdin !== '') shell.write(thread, 'out', state.stdin)
  state.stdin = ''
  thread.status = 0
  return state.stdinEnded
}

/** `read`: true once there is a line, or no more input. */
export function readLine(
  { state }: ShellMachine,
  thread: Thread,
  names: readonly string[],
): boolean {
  const end = state.stdin.indexOf('\n')
  if (end < 0 && !state.stdinEnded) return false
  const line = end < 0 ? state.stdin : state.stdin.slice(0, end)
  state.stdin = end < 0 ? '' : state.stdin.slice(end + 1)
  thread.status = end < 0 && line === '' ? 1 : 0
  const fields = line.trim().split(/\s+/)
  for (const [index, name] of names.entries()) {
    const isLast = index === names.length - 1
    thread.variables[name] = isLast ? fields.slice(index).join(' ') : (fields[index] ?? '')
  }
  return true
}

/** A shell without a script reads its commands line by line; true once there is one to run. */
export function readScript(shell: ShellMachine, thread: Thread): boolean {
  const { state } = shell
  const end = state.stdin.lastIndexOf('\n')
  const isRest = state.stdinEnded && state.stdin !== ''
  if (end < 0 && !isRest) {
    if (state.stdinEnded) shell.finish(thread)
    return thread.ended
  }
  const text = end < 0 ? state.stdin : state.stdin.slice(0, end)
  state.stdin = end < 0 ? '' : state.stdin.slice(end + 1)
  if (shell.spec.tty) shell.write(thread, 'out', `${text}\n`)
  try {
    thread.pc = shell.add(text, 'next')
    return true
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error
    shell.write(thread, 'err', `sh: ${error.message}\n`)
    return false
  }
}
