import { resolve } from 'node:path'
import { stopCluster } from '#cluster'
import { systemClock } from '#lib'
import { dataDirOption, outputOption } from '../options/options.ts'
import type { CliCommand, OutputFormat } from '../terminal/command.ts'
import { progressPrinter } from '../terminal/progress.ts'
import { printResult } from '../terminal/result.ts'

interface DownFlags {
  readonly dataDir: string
  readonly deleteData?: boolean
  readonly output: OutputFormat
}

/** `knarr down` stops a cluster. */
export const downCommand: CliCommand = {
  register(program, terminal) {
    program
      .command('down')
      .description('stop the cluster and everything it started; objects are kept')
      .option('--delete-data', 'also delete the data directory: objects, images, keys')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .addHelpText('after', '\nExamples:\n  knarr down\n  knarr down --delete-data\n')
      .action(async ({ dataDir, deleteData = false, output }: DownFlags) => {
        const directory = resolve(dataDir)
        const progress = progressPrinter(terminal, systemClock)
        await stopCluster(directory, { deleteData }, progress)
        progress.done()
        const value = { dataDir: directory, running: false, dataDeleted: deleteData }
        printResult(terminal, output, { text: '', value })
      })
  },
}
