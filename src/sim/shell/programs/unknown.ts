import { shellName } from '../run/environment.ts'
import type { ShellMachine, Tail } from '../run/machine.ts'
import { theEnd } from '../run/program.ts'
import { ownInput, type Thread } from '../run/state.ts'
import { fork, streamsOf } from '../run/threads.ts'
import { isInstalled, programKind } from './known-programs.ts'

/** `/usr/bin/env` is `env`. */
export function bareName(name: string): string {
  return name.replace(/^(\/usr)?(\/local)?\/s?bin\//, '')
}

/**
 * Runs a program that the model does not know. In a main script the last one, one in the background, one that
 * is exec'd and one that looks like a server are servers; one that daemonises and is not the last
 * leaves a server in the background; the others succeed. One that reads what another command or the script gives it ends with
 * that. Within a running container such a program asks its server how it is, and succeeds when that answers.
 */
export function runUnknown(shell: ShellMachine, thread: Thread, words: readonly string[]): void {
  const [name = ''] = words
  if (!isInstalled(name, shell.isBareSystem)) {
    const what = thread.dialect === 'bash' ? `${name}: command not found` : `${name}: not found`
    shell.write(thread, 'err', `${shellName(thread)}: 1: ${what}\n`)
    thread.status = notFound
    return
  }
  if (!shell.spec.isInit) {
    const fails = shell.failExec !== undefined && words.join(' ').includes(shell.failExec)
    thread.status = !fails && shell.world.isServing() ? 0 : 1
    pretend(shell, name)
    return
  }
  if (streamsOf(thread).in > ownInput) {
    thread.status = 0
    thread.waiting = { for: 'input' }
    pretend(shell, name)
    return
  }
  const kind = programKind(words)
  const tail = shell.tailOf(thread)
  if (tail === 'more' && kind === 'daemon') startDaemon(shell, thread, words)
  else if (tail === 'more' && kind === 'unknown') {
    thread.status = 0
    pretend(shell, name)
  } else {
    thread.execed = turnsInto(thread, tail)
    shell.startServer(thread, words)
    thread.waiting = { for: 'server' }
  }
}

/** POSIX's status of a command that is not found. */
const notFound = 127

function pretend({ world }: ShellMachine, name: string): void {
  world.report({ reason: 'NotSimulated', message: `not simulated: ${name.slice(0, 100)}` })
}

/** The server goes on in a process of its own, and the command that started it is over. */
function startDaemon(shell: ShellMachine, thread: Thread, words: readonly string[]): void {
  const daemon = fork(shell, thread, { role: 'job', at: theEnd })
  daemon.execed = true
  shell.startServer(daemon, words)
  daemon.waiting = { for: 'server' }
  thread.status = 0
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
