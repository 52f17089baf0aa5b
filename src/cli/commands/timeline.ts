import { resolve } from 'node:path'
import { Option } from 'commander'
import { connectToCluster } from '#cluster'
import { readPath } from '../cluster/read-path.ts'
import { resolveObjectName } from '../options/object-name.ts'
import { dataDirOption } from '../options/options.ts'
import type { CliCommand } from '../terminal/command.ts'

interface TimelineFlags {
  readonly dataDir: string
  readonly namespace: string
  readonly output: string
}

const examples = `
Examples:
  knarr timeline pod/web-1
  knarr timeline deploy/web --output svg > web.svg
  knarr timeline service/web -n shop --output json
`

/** `knarr timeline` prints what happened to pods on one axis of time. */
export const timelineCommand: CliCommand = {
  register(program, terminal) {
    program
      .command('timeline')
      .description('put states, probes, signals, endpoints and requests of pods on one axis')
      .argument('<type/name>', 'a pod, or a workload or Service for all of its pods')
      .option('-n, --namespace <namespace>', 'the namespace of the object', 'default')
      .addOption(dataDirOption())
      .addOption(
        new Option('-o, --output <format>', 'how to print the result')
          .choices(['text', 'json', 'svg'])
          .default('text'),
      )
      .addHelpText('after', examples)
      .action(async (text: string, { dataDir, namespace, output }: TimelineFlags) => {
        const directory = resolve(dataDir)
        using connections = new DisposableStack()
        const open = () => connections.use(connectToCluster(directory)).client
        const object = await resolveObjectName(text, namespace, open)
        const query = new URLSearchParams({ ...object, output })
        await readPath(directory, { path: '/knarr/v1/timeline', query }, terminal)
      })
  },
}
