import type { ProcessWorld } from '../../process/process.ts'
import type { ShellMachine } from './machine.ts'
import type { Thread } from './state.ts'

/** The name by which a shell was called, with which its complaints begin. */
export function shellName({ args }: Thread): string {
  return args[0] ?? 'sh'
}

/** What a command gets to see: what the container has, and what was exported. */
export function shellEnvironmentOf({ world }: ShellMachine, thread: Thread): ProcessWorld['env'] {
  const { variables, exported } = thread
  const seen = Object.entries(variables).filter(([name]) => exported[name] || name in world.env)
  return { ...world.env, ...Object.fromEntries(seen) }
}
