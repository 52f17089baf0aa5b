import { absolutePath } from '../../process/paths.ts'
import { shellName } from '../run/environment.ts'
import type { ShellMachine } from '../run/machine.ts'
import type { Thread } from '../run/state.ts'
import { shebangOf } from '../syntax/script-file.ts'
import { innerShell } from './inner-shell.ts'

/** POSIX's statuses of a command that is not found, and of one that cannot be executed. */
const notFound = 127
const cannotExecute = 126

/** Runs a script by its path, or says why it cannot be run; false for a program that is not known. */
export function runFile(shell: ShellMachine, thread: Thread, words: readonly string[]): boolean {
  const [name = '', ...args] = words
  if (!name.includes('/')) return false
  const path = absolutePath(name, thread.directory)
  const { files } = shell.world
  const found = files.program(path)
  if (found === 'unknown') return false
  if (found === 'executable') {
    const script = shebangOf(files.read(path) ?? '')
    if (!script) return false
    innerShell(script.shell)({ shell, thread, args: [...script.flags, path, ...args] })
    return true
  }
  const why = found === 'missing' ? 'not found' : 'Permission denied'
  shell.write(thread, 'err', `${shellName(thread)}: 1: ${name}: ${why}\n`)
  thread.status = found === 'missing' ? notFound : cannotExecute
  return true
}
