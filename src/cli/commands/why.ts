import { resolve } from 'node:path'
import { readPath } from '../cluster/read-path.ts'
import { parseObjectName } from '../options/object-name.ts'
import { dataDirOption, outputOption } from '../options/options.ts'
import type { CliCommand, OutputFormat } from '../terminal/command.ts'

interface WhyOptions {
  readonly dataDir: string
  readonly namespace: string
  readonly output: OutputFormat
}

/** `knarr why` prints the causes of an object's state, back to the first one. */
export const whyCommand: CliCommand = {
  name: 'why',
  register(program, terminal) {
    program
      .command('why')
      .description('tell how an object came to be as it is, back to its root')
      .argument('<type/name>', "the object, such as 'pod/web-1'")
      .option('-n, --namespace <namespace>', 'the namespace of the object', 'default')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .addHelpText(
        'after',
        '\nExamples:\n  knarr why pod/web-1\n  knarr why deploy/web -n shop\n  knarr why node/node-1 --output json\n',
      )
      .action(async (text: string, { dataDir, namespace, output }: WhyOptions) => {
        const object = parseObjectName(text, namespace)
        const query = new URLSearchParams({ ...object, output })
        await readPath(resolve(dataDir), { path: '/knarr/v1/why', query }, terminal)
      })
  },
}
