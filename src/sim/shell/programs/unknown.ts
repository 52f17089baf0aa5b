import type { ShellMachine, Tail } from '../run/machine.ts'
import { ownInput, type Thread } from '../run/state.ts'
import { streamsOf } from '../run/threads.ts'

/** `/usr/bin/env` is `env`. */
export function bareName(name: string): string {
  return name.replace(/^(\/usr)?(\/local)?\/s?bin\//, '')
}

/**
 * A program that the model does not know. In a main script the last one, one in the background and
 * one that is exec'd are servers; the others succeed. One that reads what another command or the
 * script gives it ends with that. Within a running container such a program asks
 * its server how it is, and succeeds when that answers.
 */
export function runUnknown(shell: ShellMachine, thread: Thread, words: readonly string[]): void {
  if (!shell.spec.isInit) {
    const fails = shell.failExec !== undefined && words.join(' ').includes(shell.failExec)
    thread.status = !fails && shell.world.isServing() ? 0 : 1
    return
  }
  if (streamsOf(thread).in > ownInput) {
    thread.status = 0
    thread.waiting = { for: 'input' }
    return
  }
  const tail = shell.tailOf(thread)
  if (tail === 'more') {
    thread.status = 0
    return
  }
  thread.execed = turnsInto(thread, tail)
  shell.startServer(thread, words)
  thread.waiting = { for: 'server' }
}

/**
 * Whether a shell turns into its last command (`exec` without the word), so that signals reach that
 * command. bash does for one that stands alone, busybox's ash also for the end of a block, dash
 * (0.5.12) only in a process that it has forked; none does while it has traps to run.
 */
export function turnsInto({ execs, traps }: Thread, tail: Tail): boolean {
  if (Object.values(traps).some((body) => body !== '')) return false
  return tail === 'nothing' ? execs !== 'never' : tail === 'compound' && execs === 'compound'
}
