import { resolve } from 'node:path'
import { connectToCluster } from '#cluster'
import { readPath } from '../cluster/read-path.ts'
import { resolveObjectName } from '../options/object-name.ts'
import { dataDirOption, outputOption } from '../options/options.ts'
import type { CliCommand, OutputFormat, Terminal } from '../terminal/command.ts'

interface LogOptions {
  readonly dataDir: string
  readonly namespace?: string
  readonly kind?: string
  readonly reason?: string
  readonly since?: string
  readonly until?: string
  readonly follow?: true
  readonly routine?: true
  readonly output: OutputFormat
}

const examples = `
Examples:
  knarr log
  knarr log pod/web-1 --follow                 with the Events about it
  knarr log --namespace shop --kind deploy
  knarr log --reason FailedMount --since 10m
  knarr log --reason Forbidden                 requests that were refused stand here too
  knarr log --since 2026-01-01T00:00:00Z --until 2026-01-01T00:05:00Z
  knarr log --output json | jq .changes
`

/** `knarr log` prints the event log. */
export const logCommand: CliCommand = {
  register(program, terminal) {
    program
      .command('log')
      .description('print what happened in the cluster, and why, one line each')
      .argument('[type/name]', 'only what is about this object')
      .option('-n, --namespace <namespace>', 'only what is about objects of this namespace')
      .option('--kind <type>', 'only what is about objects of this type')
      .option('--reason <reason>', 'only what gives this reason, as Events and conditions do')
      .option('--since <time>', "from then on: a time, or how long ago by the cluster's clock")
      .option('--until <time>', 'up to then, written in the same way')
      .option('-f, --follow', 'go on with what happens from now on')
      .option('--routine', 'also print heartbeats')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .addHelpText('after', examples)
      .action((target: string | undefined, options: LogOptions) =>
        printLog(target, options, terminal),
      )
  },
}

async function printLog(
  target: string | undefined,
  { dataDir, follow, routine, output, ...options }: LogOptions,
  terminal: Terminal,
): Promise<void> {
  const directory = resolve(dataDir)
  const { namespace, kind, ...texts } = options
  const object = target === undefined ? {} : await named(target, namespace, directory)
  const query = new URLSearchParams({
    output,
    ...texts,
    ...(namespace === undefined ? {} : { namespace }),
    ...(kind === undefined ? {} : { resource: kind }),
    ...object,
    ...(follow ? { follow: 'true' } : {}),
    ...(routine ? { routine: 'true' } : {}),
  })
  await readPath(directory, { path: '/knarr/v1/log', query }, terminal)
}

async function named(target: string, namespace = 'default', directory: string) {
  using connections = new DisposableStack()
  const open = () => connections.use(connectToCluster(directory)).client
  return { ...(await resolveObjectName(target, namespace, open)) }
}
