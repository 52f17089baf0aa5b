import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Option } from 'commander'
import { readDuration, type Snapshot, snapshots } from '#api'
import type { Client } from '#client'
import { connectToCluster, type SimServingOptions } from '#cluster'
import { decodeSnapshot, snapshotPath } from '#lab/snapshots'
import { KnarrError, systemClock } from '#lib'
import type { ApiResponse, Stored } from '#machinery'
import { startInBackground } from '../cluster/background.ts'
import { nodeTable } from '../cluster/node-table.ts'
import { dataDirOption, outputOption, wholeNumber } from '../options/options.ts'
import { restoredSimOptions } from '../options/sim-options.ts'
import type { CliCommand, OutputFormat, Terminal } from '../terminal/command.ts'
import { progressPrinter } from '../terminal/progress.ts'
import { printResult } from '../terminal/result.ts'

const examples = `
Examples:
  knarr snapshot save before.knarr                       the seed and all inputs; goes on byte for byte
  knarr snapshot save before.knarr --type warm           the state; loads at once
  knarr snapshot restore before.knarr --data-dir /tmp/b --port 7443
  knarr snapshot restore before.knarr --at 90s           as it was then; or --revision 1200
  knarr snapshot fork --to-data-dir /tmp/c --port 7444   another cluster that goes on from here
`

interface SaveFlags {
  readonly dataDir: string
  readonly output: OutputFormat
  readonly type: 'exact' | 'warm'
}

interface PointFlags {
  readonly at?: string
  readonly revision?: number
}

interface RestoreFlags extends PointFlags {
  readonly dataDir: string
  readonly output: OutputFormat
  readonly port: number
}

interface ForkFlags extends SaveFlags, PointFlags {
  readonly toDataDir: string
  readonly port: number
}

/** `knarr snapshot` keeps a simulated cluster in a file, and restores it from one. */
export const snapshotCommand: CliCommand = {
  register(program, terminal) {
    const snapshot = program
      .command('snapshot')
      .description('keep a simulated cluster in a file, and go on from one')
      .addHelpText('after', examples)
    snapshot
      .command('save <file>')
      .description('write what the cluster is right now into a file')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .addOption(typeOption())
      .action((file: string, flags: SaveFlags) => save(file, flags, terminal))
    snapshot
      .command('restore <file>')
      .description('start a simulated cluster from a file, in the background')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .addOption(portOption())
      .addOption(atOption())
      .addOption(revisionOption())
      .action((file: string, flags: RestoreFlags) => {
        const to = pointOf(flags)
        return start(readSnapshot(file), { ...flags, ...to }, terminal)
      })
    snapshot
      .command('fork')
      .description('start another cluster from what this one is right now')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .addOption(typeOption())
      .requiredOption('--to-data-dir <directory>', 'where the other one keeps its state')
      .addOption(portOption())
      .addOption(atOption())
      .addOption(revisionOption())
      .action(async (flags: ForkFlags) => {
        const { port, output, toDataDir: dataDir } = flags
        const to = pointOf(flags)
        return start(await take(flags), { port, output, dataDir, ...to }, terminal)
      })
  },
}

function typeOption(): Option {
  return new Option('--type <type>', 'exact: replayed, byte for byte; warm: loaded, at once')
    .choices(['exact', 'warm'])
    .default('exact')
}

function portOption(): Option {
  return new Option('--port <port>', 'where its API server listens')
    .argParser(wholeNumber(1, 65_535))
    .default(6443)
}

function atOption(): Option {
  return new Option(
    '--at <instant>',
    'go on from then: a time since the start, or a wall time there',
  )
}

function revisionOption(): Option {
  return new Option('--revision <number>', 'go on from when the store came to it').argParser(
    wholeNumber(1, Number.MAX_SAFE_INTEGER),
  )
}

/** `--at 90s`, `--at 2026-01-01T00:01:30Z`, `--revision 1200`. @throws KnarrError `BadInstant` */
function pointOf({ at, revision }: PointFlags): Pick<SimServingOptions, 'to'> {
  if (at === undefined) return revision === undefined ? {} : { to: { revision } }
  const wallMs = /^\d{4}-\d\d-\d\dT/.test(at) ? Date.parse(at) : undefined
  const instant = wallMs === undefined ? { atMs: readDuration(at) } : { wallMs }
  if (!Number.isFinite(wallMs ?? instant.atMs)) {
    throw new KnarrError('BadInstant', `not an instant: ${at}`, {
      hint: 'Write a time since the start, such as 90s, or one like 2026-01-01T00:01:30Z.',
    })
  }
  return { to: { ...instant, ...(revision === undefined ? {} : { revision }) } }
}

async function save(file: string, flags: SaveFlags, terminal: Terminal): Promise<void> {
  const content = await take(flags)
  writeFileSync(resolve(file), content, { mode: 0o600 })
  const value = { file: resolve(file), bytes: content.length }
  const text = `${value.file}: ${value.bytes} bytes\n`
  printResult(terminal, flags.output, { text, value })
}

async function take({ dataDir, type }: Omit<SaveFlags, 'output'>): Promise<Uint8Array> {
  using connection = connectToCluster(resolve(dataDir))
  const { client } = connection
  const { metadata } = await client.create(snapshots, {
    metadata: { name: '', generateName: 'cli-' },
    spec: { type: type === 'warm' ? 'Warm' : 'Exact' },
  })
  try {
    const { status } = await finished(client, metadata.name)
    if (status?.phase === 'Failed') {
      throw new KnarrError('SnapshotFailed', status.message ?? 'the snapshot was not taken')
    }
    return await contentOf(client, metadata.name)
  } finally {
    await client.delete(snapshots, { name: metadata.name })
  }
}

const limitMs = 120_000
const pollMs = 50

async function finished(client: Client, name: string): Promise<Stored<Snapshot>> {
  const untilMs = systemClock.monotonicMs() + limitMs
  while (systemClock.monotonicMs() < untilMs) {
    const snapshot = await client.get(snapshots, { name })
    if (snapshot.status?.phase !== 'Pending') return snapshot
    await systemClock.sleep(pollMs)
  }
  throw new KnarrError('SnapshotFailed', `the snapshot was not taken within ${limitMs / 1000} s`)
}

async function contentOf(client: Client, name: string): Promise<Uint8Array> {
  const response: ApiResponse = await client.transport.send(
    { method: 'GET', path: snapshotPath, query: new URLSearchParams({ name }), headers: {} },
    new AbortController().signal,
  )
  if (response.body.kind === 'bytes') return response.body.bytes
  throw new KnarrError('SnapshotFailed', 'the server gave no content of the snapshot')
}

function readSnapshot(file: string): Uint8Array {
  const path = resolve(file)
  if (!existsSync(path)) throw new KnarrError('NoSuchFile', `there is no file ${path}`)
  const content = readFileSync(path)
  decodeSnapshot(content)
  return content
}

async function start(
  content: Uint8Array,
  {
    dataDir,
    port,
    to,
    output,
  }: Pick<SimServingOptions, 'dataDir' | 'port' | 'to'> & Pick<SaveFlags, 'output'>,
  terminal: Terminal,
): Promise<void> {
  const directory = resolve(dataDir)
  const from = join(directory, 'start.knarr')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeFileSync(from, content, { mode: 0o600 })
  const options: SimServingOptions = {
    ...restoredSimOptions(directory, port),
    from,
    ...(to ? { to } : {}),
  }
  const progress = progressPrinter(terminal, systemClock)
  await startInBackground({ kind: 'sim', options }, progress)
  progress.done()
  const kubeconfig = resolve(options.dataDir, 'kubeconfig')
  const nodes = await nodeTable(options.dataDir)
  const text = `\n${nodes}\nexport KUBECONFIG=${kubeconfig}\n`
  printResult(terminal, output, { text, value: { kubeconfig } })
}
