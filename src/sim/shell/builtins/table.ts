import { clients } from '../clients/clients.ts'
import { startClient } from '../clients/run-client.ts'
import { filters } from '../filters/filters.ts'
import type { Builtin, ShellBuiltin } from './builtin.ts'
import { fileCommands } from './file-commands.ts'
import { flowCommands } from './flow-commands.ts'
import { processCommands } from './process-commands.ts'
import { searchCommands } from './search-commands.ts'
import { systemCommands } from './system-commands.ts'
import { testCommands } from './test-commands.ts'
import { ownTextCommands, textCommands } from './text-commands.ts'
import { userCommands } from './user-commands.ts'
import { variableCommands } from './variable-commands.ts'

/** Programs that ask servers, or look names up. */
const networkCommands: readonly ShellBuiltin[] = Object.entries(clients).map(
  ([name, { usage }]) => ({
    kind: 'shell',
    name,
    usage,
    waits: true,
    run: ({ shell, thread, args }) => startClient(shell, thread, name, args),
  }),
)

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

/** Describes a command as a row of the table in the documentation. */
export function documentedRow(builtin: Builtin): string {
  const { usage, dialects, kind } = builtin
  const notes = [
    ...(kind === 'filter' ? ['reads its input as it comes'] : []),
    ...(kind === 'shell' && builtin.waits ? ['waits'] : []),
    ...(dialects ? [`${dialects.join(' and ')} only`] : []),
  ]
  return `| \`${usage.replaceAll('|', '\\|')}\` | ${notes.join(', ')} |`
}
