import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { KnarrError } from '#lib'
import type { CliCommand } from './command.ts'
import { dataDirOption } from './options.ts'

export const kubeconfigCommand: CliCommand = {
  name: 'kubeconfig',
  register(program, terminal) {
    program
      .command('kubeconfig')
      .description("print the path of the cluster's kubeconfig")
      .addOption(dataDirOption())
      .addHelpText('after', '\nExample:\n  export KUBECONFIG=$(knarr kubeconfig)\n')
      .action(({ dataDir }: { dataDir: string }) => {
        const path = join(dataDir, 'kubeconfig')
        if (!existsSync(path)) {
          throw new KnarrError('NoCluster', `there is no cluster in ${dataDir}`, {
            hint: `Start one with 'knarr up --data-dir ${dataDir}'.`,
          })
        }
        terminal.out(`${path}\n`)
      })
  },
}
