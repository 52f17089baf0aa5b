import { resolve } from 'node:path'
import { stopCluster } from '#cluster'
import { systemClock } from '#lib'
import { dataDirOption } from '../options/options.ts'
import type { CliCommand } from '../terminal/command.ts'
import { progressPrinter } from '../terminal/progress.ts'

/** `knarr down` stops a cluster. */
export const downCommand: CliCommand = {
  name: 'down',
  register(program, terminal) {
    program
      .command('down')
      .description('stop the cluster and everything it started; objects are kept')
      .addOption(dataDirOption())
      .option('--delete-data', 'also delete the data directory: objects, images, keys')
      .addHelpText('after', '\nExamples:\n  knarr down\n  knarr down --delete-data\n')
      .action(async ({ dataDir, deleteData }: { dataDir: string; deleteData?: boolean }) => {
        const progress = progressPrinter(terminal, systemClock)
        await stopCluster(resolve(dataDir), { deleteData: deleteData === true }, progress)
        progress.done()
      })
  },
}
