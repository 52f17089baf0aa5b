import { kubernetesVersion, version } from '#cluster'
import { outputOption } from '../options/options.ts'
import type { CliCommand, OutputFormat } from '../terminal/command.ts'

/** `knarr version` prints the versions of knarr, of the API it serves and of Node.js. */
export const versionCommand: CliCommand = {
  register(program, terminal) {
    program
      .command('version')
      .description('print the versions of knarr and of the Kubernetes API it serves')
      .addOption(outputOption())
      .addHelpText('after', '\nExamples:\n  knarr version\n  knarr version --output json\n')
      .action(({ output }: { output: OutputFormat }) => {
        const versions = { knarr: version, kubernetes: kubernetesVersion, node: process.version }
        terminal.out(
          output === 'json'
            ? `${JSON.stringify(versions, null, 2)}\n`
            : `knarr ${version} (Kubernetes ${kubernetesVersion}, Node.js ${process.version})\n`,
        )
      })
  },
}
