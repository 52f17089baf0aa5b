import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { KnarrError } from '#lib'
import { mergeKubeconfig } from '../cluster/merge-kubeconfig.ts'
import { dataDirOption, outputOption } from '../options/options.ts'
import type { CliCommand, OutputFormat, Terminal } from '../terminal/command.ts'
import { printResult } from '../terminal/result.ts'

interface KubeconfigFlags {
  readonly dataDir: string
  readonly output: OutputFormat
  readonly merge?: true
}

const examples = `
Examples:
  export KUBECONFIG=$(knarr kubeconfig)
  knarr kubeconfig --merge                 puts its context into ~/.kube/config, or the first of $KUBECONFIG
`

/** `knarr kubeconfig` prints the path of the administrator's kubeconfig, or merges it into kubectl's own. */
export const kubeconfigCommand: CliCommand = {
  register(program, terminal) {
    program
      .command('kubeconfig')
      .description("print the path of the cluster's kubeconfig")
      .option('--merge', "put its context into kubectl's own file, and make it the current one")
      .addOption(dataDirOption())
      .addOption(outputOption())
      .addHelpText('after', examples)
      .action((flags: KubeconfigFlags) => printKubeconfig(flags, terminal))
  },
}

function printKubeconfig({ dataDir, output, merge }: KubeconfigFlags, terminal: Terminal): void {
  const directory = resolve(dataDir)
  const path = join(directory, 'kubeconfig')
  if (!existsSync(path)) {
    throw new KnarrError('NoCluster', `there is no cluster in ${directory}`, {
      hint: `Start one with 'knarr up --data-dir ${directory}'.`,
    })
  }
  if (!merge) {
    printResult(terminal, output, { text: `${path}\n`, value: { path } })
    return
  }
  const [into = join(homedir(), '.kube', 'config')] = (process.env.KUBECONFIG ?? '')
    .split(delimiter)
    .filter(Boolean)
  const context = mergeKubeconfig(path, resolve(into))
  const text = `context ${context} is in ${into} now, and the current one\n`
  printResult(terminal, output, { text, value: { path: resolve(into), context } })
}
