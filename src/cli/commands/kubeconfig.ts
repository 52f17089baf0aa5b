import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { KnarrError } from '#lib'
import { dataDirOption } from '../options/options.ts'
import type { CliCommand } from '../terminal/command.ts'

/** `knarr kubeconfig` prints the path of the administrator's kubeconfig. */
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
