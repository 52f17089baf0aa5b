import { quietly } from '../files/file-failures.ts'
import type { SimpleCommand } from '../syntax/syntax.ts'
import type { ShellMachine } from './machine.ts'
import type { Thread } from './state.ts'

/** What is run, as it was expanded. */
interface Traced {
  readonly command: SimpleCommand
  readonly values: readonly (readonly [name: string, value: string])[]
  readonly words: readonly string[]
}

/** `set -x`: it goes to where errors go outside of the command's own redirections. */
export function trace(
  shell: ShellMachine,
  thread: Thread,
  { command, values, words }: Traced,
): void {
  const shown = words.map(thread.dialect === 'dash' ? String : quoted)
  const line = [...values.map(([name, value]) => `${name}=${value}`), ...shown].join(' ')
  const outside = thread.streams.at(command.redirects.length > 0 ? -2 : -1)
  quietly(() => shell.writeTo(thread, outside?.err ?? 'stderr', `+ ${line}\n`))
}

function quoted(word: string): string {
  return /^[\w./:=@%+,^-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
