import type { ShellMachine } from './machine.ts'
import type { Thread } from './state.ts'

/** What `command -v` calls by their bare names: the shell's own. */
const own = new Set(
  `. : [ alias bg break cd command continue echo eval exec exit export false fg getopts hash jobs
   kill local printf pwd read readonly return set shift test times trap true type ulimit umask
   unset wait`.split(/\s+/),
)

interface Invocation {
  readonly shell: ShellMachine
  readonly thread: Thread
  readonly args: readonly string[]
}

/**
 * `command -v`, `type` and `which`. A program that the model does not know is there, as it is when
 * it is run.
 */
export function locate({ shell, thread, args }: Invocation): void {
  thread.status = 0
  for (const name of args.filter((arg) => !arg.startsWith('-'))) {
    const path = pathOf(shell, thread, name)
    if (path === undefined) thread.status = 1
    else shell.write(thread, 'out', `${path}\n`)
  }
}

function pathOf({ world }: ShellMachine, thread: Thread, name: string): string | undefined {
  if (own.has(name) || thread.functions[name] !== undefined) return name
  if (!name.includes('/')) return `/usr/bin/${name}`
  return world.files.program(name) === 'missing' ? undefined : name
}
