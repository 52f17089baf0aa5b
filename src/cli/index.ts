import { Command, CommanderError } from 'commander'
import { version } from '#cluster'
import { clockCommand } from './commands/clock.ts'
import { completionCommand } from './commands/completion.ts'
import { downCommand } from './commands/down.ts'
import { kubeconfigCommand } from './commands/kubeconfig.ts'
import { logCommand } from './commands/log.ts'
import { nodeCommand } from './commands/node.ts'
import { backgroundCommand } from './commands/serve-in-background.ts'
import { snapshotCommand } from './commands/snapshot.ts'
import { statusCommand } from './commands/status.ts'
import { upCommand } from './commands/up.ts'
import { versionCommand } from './commands/version.ts'
import { whyCommand } from './commands/why.ts'
import type { CliCommand, Terminal } from './terminal/command.ts'
import { formatError } from './terminal/errors.ts'

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

/** The terminal of this process; a reader that has closed its end (`knarr log | head`) is no error. */
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

/** Runs one command line, as `process.argv` has it, and resolves to the exit code of the process. */
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
    terminal.err(formatError(error))
    return 1
  }
}
