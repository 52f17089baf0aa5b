import { resolve } from 'node:path'
import { readPath } from '../cluster/read-path.ts'
import { dataDirOption, outputOption } from '../options/options.ts'
import type { CliCommand, OutputFormat } from '../terminal/command.ts'

interface LogOptions {
  readonly dataDir: string
  readonly follow?: true
  readonly routine?: true
  readonly output: OutputFormat
}

/** `knarr log` prints the event log. */
export const logCommand: CliCommand = {
  name: 'log',
  register(program, terminal) {
    program
      .command('log')
      .description('print what happened in the cluster, and why, one line each')
      .option('-f, --follow', 'go on with what happens from now on')
      .option('--routine', 'also print heartbeats')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .addHelpText(
        'after',
        '\nExamples:\n  knarr log\n  knarr log --follow\n  knarr log --output json | jq .changes\n',
      )
      .action(async ({ dataDir, follow, routine, output }: LogOptions) => {
        const query = new URLSearchParams({
          output,
          ...(follow ? { follow: 'true' } : {}),
          ...(routine ? { routine: 'true' } : {}),
        })
        await readPath(resolve(dataDir), { path: '/knarr/v1/log', query }, terminal)
      })
  },
}
