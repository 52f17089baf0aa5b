import { Command } from 'commander'
import { version } from '#cluster'
import { clockCommand } from './commands/clock.ts'
import { completionCommand } from './commands/completion.ts'
import { downCommand } from './commands/down.ts'
import { drillCommand } from './commands/drills/drill.ts'
import { twinCommand } from './commands/drills/twin.ts'
import { kubeconfigCommand } from './commands/kubeconfig.ts'
import { logCommand } from './commands/log.ts'
import { nodeCommand } from './commands/node.ts'
import { backgroundCommand } from './commands/serve-in-background.ts'
import { snapshotCommand } from './commands/snapshot.ts'
import { statusCommand } from './commands/status.ts'
import { storeCommand } from './commands/store.ts'
import { timelineCommand } from './commands/timeline.ts'
import { upCommand } from './commands/up.ts'
import { versionCommand } from './commands/version.ts'
import { whyCommand } from './commands/why.ts'
import type { CliCommand, Terminal } from './terminal/command.ts'

/** Every command, in the order of the help. */
const commands: readonly CliCommand[] = [
  upCommand,
  downCommand,
  statusCommand,
  whyCommand,
  logCommand,
  timelineCommand,
  drillCommand,
  twinCommand,
  clockCommand,
  nodeCommand,
  snapshotCommand,
  storeCommand,
  kubeconfigCommand,
  versionCommand,
  completionCommand,
  backgroundCommand,
]

/** Makes the program with every command. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('knarr')
    .description('The Kubernetes you can fast-forward.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError("Run 'knarr --help' for what there is.")
  for (const command of commands) command.register(program, terminal)
  return program
}
