import { join, resolve } from 'node:path'
import { readState } from '#cluster'
import { KnarrError } from '#lib'
import { nodeRows, nodeTable } from '../cluster/node-table.ts'
import { dataDirOption, outputOption } from '../options/options.ts'
import type { CliCommand, OutputFormat } from '../terminal/command.ts'

/** `knarr status` prints whether a cluster runs, and its nodes. */
export const statusCommand: CliCommand = {
  register(program, terminal) {
    program
      .command('status')
      .description('tell whether the cluster runs, and how its nodes are')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .addHelpText('after', '\nExamples:\n  knarr status\n  knarr status --output json\n')
      .action(async ({ dataDir, output }: { dataDir: string; output: OutputFormat }) => {
        const directory = resolve(dataDir)
        const state = readState(directory)
        if (!state) {
          throw new KnarrError('NotRunning', `no cluster is running in ${directory}`, {
            hint: `Start one with 'knarr up --detach --data-dir ${directory}'.`,
          })
        }
        const kubeconfig = join(directory, 'kubeconfig')
        if (output === 'json') {
          const { pid, server, version } = state
          const result = {
            running: true,
            pid,
            server,
            version,
            kubeconfig,
            nodes: await nodeRows(directory),
          }
          return terminal.out(`${JSON.stringify(result, null, 2)}\n`)
        }
        terminal.out(`Running: ${state.server} (pid ${state.pid}, ${state.version})\n\n`)
        terminal.out(await nodeTable(directory))
      })
  },
}
