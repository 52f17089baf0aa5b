import { Command, CommanderError } from 'commander'
import { version } from '#cluster'
import { backgroundCommand } from './background-command.ts'
import { clockCommand } from './clock-command.ts'
import type { CliCommand, Terminal } from './command.ts'
import { completionCommand } from './completion-command.ts'
import { downCommand } from './down-command.ts'
import { explain } from './errors.ts'
import { kubeconfigCommand } from './kubeconfig-command.ts'
import { logCommand } from './log-command.ts'
import { nodeCommand } from './node-command.ts'
import { snapshotCommand } from './snapshot-command.ts'
import { statusCommand } from './status-command.ts'
import { upCommand } from './up-command.ts'
import { versionCommand } from './version-command.ts'
import { whyCommand } from './why-command.ts'

/** Every command, in the order of the help. */
const commands: readonly CliCommand[] = [
  upCommand,
  downCommand,
  statusCommand,
  whyCommand,
  logCommand,
  clockCommand,
  nodeCommand,
  snapshotCommand,
  kubeconfigCommand,
  versionCommand,
  completionCommand,
  backgroundCommand,
]

/** `knarr log | head`: who reads no more does not want to be told. */
function terminalOfProcess(): Terminal {
  const { stdout, stderr } = process
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isInteractive: stderr.isTTY === true,
  }
}

/** Runs one command line; resolves to the exit code. */
export async function runCli(
  argv: readonly string[],
  terminal: Terminal = terminalOfProcess(),
): Promise<number> {
  const program = new Command('knarr')
    .description('The Kubernetes you can fast-forward.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError("Run 'knarr --help' for what there is.")
  for (const command of commands) command.register(program, terminal)
  try {
    await program.parseAsync(argv)
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    terminal.err(explain(error))
    return 1
  }
}
