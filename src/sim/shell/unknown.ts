import { plainCommands } from './builtins.ts'
import type { ShellMachine } from './machine.ts'
import type { Thread } from './state.ts'

/** `/usr/bin/env` is `env`. */
export function bareName(name: string): string {
  return name.replace(/^(\/usr)?(\/local)?\/s?bin\//, '')
}

/**
 * A program that the model does not know. In a main script the last one, one in the background and
 * one that is exec'd are servers; the others succeed. Within a running container such a program asks
 * its server how it is, and succeeds when that answers.
 */
export function runUnknown(
  shell: ShellMachine,
  thread: Thread,
  words: readonly string[],
  isExec = false,
): void {
  if (!shell.spec.isInit || shell.isNested) {
    const fails = shell.failExec !== undefined && words.join(' ').includes(shell.failExec)
    thread.status = !fails && shell.world.isServing() ? 0 : 1
    return
  }
  const isJob = thread !== shell.state.threads[0]
  if (shell.server || !(isExec || isJob || shell.isLast(thread))) {
    thread.status = 0
    return
  }
  shell.server = shell.startServer(words)
  thread.waiting = { for: 'server' }
}

export function isPlain(name: string): boolean {
  return Object.hasOwn(plainCommands, bareName(name))
}
