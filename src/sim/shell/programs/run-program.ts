import type { ShellMachine } from '../run/machine.ts'
import type { Thread } from '../run/state.ts'
import { turnsInto } from './unknown.ts'

/** Runs a program of the image that is simulated, in the place of the thread or beside it. */
export function runProgram(shell: ShellMachine, thread: Thread, words: readonly string[]): void {
  if (shell.failExec !== undefined && words.join(' ').includes(shell.failExec)) {
    thread.status = 1
    return
  }
  thread.execed = turnsInto(thread, shell.ownTailOf(thread))
  shell.startServer(thread, words)
  thread.waiting = { for: 'server' }
}
