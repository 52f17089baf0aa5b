import { resolve } from 'node:path'
import { connectToCluster } from '#cluster'
import { readPath } from '../cluster/read-path.ts'
import { resolveObjectName } from '../options/object-name.ts'
import { dataDirOption, outputOption } from '../options/options.ts'
import type { CliCommand, OutputFormat } from '../terminal/command.ts'

interface WhyOptions {
  readonly dataDir: string
  readonly namespace: string
  readonly output: OutputFormat
}

/** `knarr why` prints the causes of an object's state, back to the first one. */
export const whyCommand: CliCommand = {
  register(program, terminal) {
    program
      .command('why')
      .description('tell what blocks an object now, and how it came to be as it is')
      .argument('<type/name>', "the object, such as 'pod/web-1'")
      .option('-n, --namespace <namespace>', 'the namespace of the object', 'default')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .addHelpText(
        'after',
        '\nExamples:\n  knarr why pod/web-1\n  knarr why deploy/web -n shop\n  knarr why node/node-1 --output json\n',
      )
      .action(async (text: string, { dataDir, namespace, output }: WhyOptions) => {
        const directory = resolve(dataDir)
        using connections = new DisposableStack()
        const open = () => connections.use(connectToCluster(directory)).client
        const object = await resolveObjectName(text, namespace, open)
        const query = new URLSearchParams({ ...object, output })
        const [type = ''] = text.split('/')
        const hint = `'kubectl get ${type}' lists those that there are; -n names another namespace.`
        await readPath(directory, { path: '/knarr/v1/why', query, hint }, terminal)
      })
  },
}
