import type { TwinResource } from '#drills'
import { KnarrError, messageOf, systemClock } from '#lib'
import { formatTime, type KubeObject } from '#machinery'
import { type KubectlTarget, kubectl } from '../../cluster/kubectl.ts'
import { outputOption } from '../../options/options.ts'
import type { CliCommand, OutputFormat, Terminal } from '../../terminal/command.ts'
import { printResult } from '../../terminal/result.ts'

interface TwinFlags extends KubectlTarget {
  readonly output: OutputFormat
}

const examples = `
Examples:
  knarr twin > twin.yaml
  knarr drill node-loss -f twin.yaml               what happens if a node dies now?
  knarr drill -f twin.yaml -f changed.yaml         the same with objects put in the place of the cluster's

It reads with kubectl, changes nothing, and keeps nothing of what Secrets hold. What the file has not is said in it.
`

/** `knarr twin` writes a running cluster as a file that drills run on. */
export const twinCommand: CliCommand = {
  register(program, terminal) {
    program
      .command('twin')
      .description('write a running cluster as a file that drills run on, without its secrets')
      .option('--kubeconfig <file>', 'as kubectl takes it')
      .option('--context <name>', 'as kubectl takes it')
      .addOption(outputOption())
      .addHelpText('after', examples)
      .action((flags: TwinFlags) => printTwin(flags, terminal))
  },
}

async function printTwin({ output, ...target }: TwinFlags, terminal: Terminal): Promise<void> {
  const { sealTwin, takeTwin, twinResources, writeTwin } = await import('#drills')
  const unread: string[] = []
  const version = JSON.parse(await kubectl(['get', '--raw', '/version'], target))
  const listed: Partial<Record<TwinResource, readonly KubeObject[]>> = {}
  for (const resource of twinResources) {
    const read = await readable(unread, resource, async () => {
      const list = JSON.parse(await kubectl(['get', resource, '-A', '-o', 'json'], target))
      // Cast: a list has objects of its kind.
      return list.items as readonly KubeObject[]
    })
    if (read) listed[resource] = read
  }
  if (!listed.nodes) throw unreadable(unread[0] ?? '')
  const secrets = await readable(unread, 'secrets', () => secretNames(target))
  const twin = takeTwin({
    takenAt: formatTime(systemClock.wallMs()),
    context: target.context ?? (await kubectl(['config', 'current-context'], target)).trim(),
    serverVersion: version.gitVersion,
    listed,
    ...(secrets ? { secrets } : {}),
    unread,
  })
  for (const text of twin.leftOut) terminal.err(`left out: ${text}\n`)
  printResult(terminal, output, { text: writeTwin(twin), value: sealTwin(twin) })
}

/** What somebody may not read is left out, and said. */
async function readable<T>(
  unread: string[],
  resource: string,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof KnarrError) || error.code !== 'KubectlFailed') throw error
    unread.push(`${resource}: ${messageOf(error)}`)
    return undefined
  }
}

function unreadable(why: string): KnarrError {
  return new KnarrError('NoNodes', `a twin needs the nodes of the cluster, and ${why}`, {
    hint: 'Log in as somebody who may read nodes: the ClusterRole view does not suffice.',
  })
}

/**
 * The names of Secrets, of the table that kubectl prints: its rows have metadata and counts. An annotation of
 * `kubectl apply` may repeat a Secret there, which is why no more than the names is kept.
 */
async function secretNames(target: KubectlTarget) {
  const table = await kubectl(['get', 'secrets', '-A', '--no-headers'], target)
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([namespace = '', name]) => (name === undefined ? [] : [{ namespace, name }]))
}
