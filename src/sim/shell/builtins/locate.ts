import type { Invocation, ShellMachine } from '../run/machine.ts'
import type { Thread } from '../run/state.ts'

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

function pathOf(shell: ShellMachine, thread: Thread, name: string): string | undefined {
  if (shell.isOwnCommand(name) || thread.functions[name] !== undefined) return name
  if (!name.includes('/')) return `/usr/bin/${name}`
  return shell.world.files.program(name) === 'missing' ? undefined : name
}
