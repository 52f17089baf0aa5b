import { clients } from '../clients/clients.ts'
import { startClient } from '../clients/run-client.ts'
import type { ShellBuiltin } from './builtin.ts'

/** Programs that ask servers, or look names up. */
export const networkCommands: readonly ShellBuiltin[] = Object.entries(clients).map(
  ([name, { usage }]) => ({
    kind: 'shell',
    name,
    usage,
    waits: true,
    run: ({ shell, thread, args }) => startClient(shell, thread, name, args),
  }),
)
