import { filters } from '../filters/filters.ts'
import type { Builtin } from './builtin.ts'
import { fileCommands } from './file-commands.ts'
import { flowCommands } from './flow-commands.ts'
import { networkCommands } from './network-commands.ts'
import { processCommands } from './process-commands.ts'
import { searchCommands } from './search-commands.ts'
import { systemCommands } from './system-commands.ts'
import { testCommands } from './test-commands.ts'
import { ownTextCommands, textCommands } from './text-commands.ts'
import { userCommands } from './user-commands.ts'
import { variableCommands } from './variable-commands.ts'

/** Every command that the simulated shell knows; the documentation and the tests follow it. */
export const builtins: readonly Builtin[] = [
  ...ownTextCommands,
  ...testCommands,
  ...flowCommands,
  ...variableCommands,
  ...processCommands,
  ...textCommands,
  ...fileCommands,
  ...userCommands,
  ...systemCommands,
  ...searchCommands,
  ...networkCommands,
  ...Object.entries(filters).map(
    ([name, filter]) => ({ kind: 'filter', name, usage: filter.usage, filter }) as const,
  ),
]

const byName: ReadonlyMap<string, Builtin> = new Map(builtins.map((each) => [each.name, each]))

/** Finds a command by its bare name. */
export function builtinNamed(name: string): Builtin | undefined {
  return byName.get(name)
}
