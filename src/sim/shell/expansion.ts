import { type ExpansionWorld, patternFits } from './expand.ts'
import type { ShellMachine } from './machine.ts'
import type { Thread } from './state.ts'

/** What the words of a thread are expanded with. */
export function expansionOf(shell: ShellMachine, thread: Thread): ExpansionWorld {
  return {
    args: thread.args.slice(1),
    variable: (name) => variableOf(shell, thread, name),
    assign: (name, value) => {
      thread.variables[name] = value
    },
    capture: (body) => shell.nested(thread, body),
    glob: (pattern) => namesThatFit(shell, thread, pattern),
  }
}

function variableOf(
  { state, world }: ShellMachine,
  thread: Thread,
  name: string,
): string | undefined {
  switch (name) {
    case '?':
      return String(thread.status)
    case '$':
      return String(state.threads[0]?.pid ?? 1)
    case '!':
      return String(thread.lastJob)
    case '#':
      return String(thread.args.length - 1)
    case '@':
    case '*':
      return thread.args.slice(1).join(' ')
    case 'HOSTNAME':
      return thread.variables.HOSTNAME ?? world.hostname
    default:
      if (/^\d$/.test(name)) return thread.args[Number(name)]
      return thread.variables[name] ?? world.env[name]
  }
}

function namesThatFit({ world }: ShellMachine, thread: Thread, pattern: string): readonly string[] {
  const slash = pattern.lastIndexOf('/')
  const directory = slash < 0 ? thread.directory : pattern.slice(0, slash) || '/'
  const prefix = slash < 0 ? '' : pattern.slice(0, slash + 1)
  const last = pattern.slice(slash + 1)
  const names = world.files.list(directory)
  return names.filter((name) => patternFits(last, name)).map((name) => prefix + name)
}
