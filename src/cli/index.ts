import { CommanderError } from 'commander'
import { createProgram } from './program.ts'
import type { Terminal } from './terminal/command.ts'
import { DrillFailed, formatError, InterruptedError, UnusableInput } from './terminal/errors.ts'

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
  try {
    await createProgram(terminal).parseAsync(argv)
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    if (error instanceof DrillFailed) return 1
    terminal.err(formatError(error))
    if (error instanceof UnusableInput) return 2
    return error instanceof InterruptedError ? 130 : 1
  }
}
