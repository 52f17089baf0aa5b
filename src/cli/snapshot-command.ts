import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Option } from 'commander'
import { type Snapshot, snapshots } from '#api'
import type { Client } from '#client'
import {
  connect,
  decodeSnapshot,
  type SimServingOptions,
  type SnapshotPoint,
  snapshotPath,
} from '#cluster'
import { KnarrError, systemClock } from '#lib'
import type { ApiResponse, Stored } from '#machinery'
import { startInBackground } from './background.ts'
import type { CliCommand, Terminal } from './command.ts'
import { nodeTable } from './node-table.ts'
import { dataDirOption, wholeNumber } from './options.ts'
import { addPointOptions, type PointFlags, pointOf } from './point-options.ts'
import { progressPrinter } from './progress.ts'
import { simServing } from './sim-options.ts'

const examples = `
Examples:
  knarr snapshot save before.knarr                       the seed and all inputs; goes on byte for byte
  knarr snapshot save before.knarr --type warm           the state; loads at once
  knarr snapshot restore before.knarr --data-dir /tmp/b --port 7443
  knarr snapshot restore before.knarr --at 90s           as it was a minute and a half after its start
  knarr snapshot fork --to-data-dir /tmp/c --port 7444   another cluster that goes on from here
  knarr snapshot fork --to-data-dir /tmp/d --port 7445 --at-revision 250
`

interface SaveFlags {
  readonly dataDir: string
  readonly type: 'exact' | 'warm'
}

interface RestoreFlags extends PointFlags {
  readonly dataDir: string
  readonly port: number
}

interface ForkFlags extends SaveFlags, PointFlags {
  readonly toDataDir: string
  readonly port: number
}

/** Keeps a simulated cluster in a file, and goes on from one. */
export const snapshotCommand: CliCommand = {
  name: 'snapshot',
  register(program, terminal) {
    const snapshot = program
      .command('snapshot')
      .description('keep a simulated cluster in a file, and go on from one')
      .addHelpText('after', examples)
    snapshot
      .command('save <file>')
      .description('write what the cluster is right now into a file')
      .addOption(dataDirOption())
      .addOption(typeOption())
      .action((file: string, flags: SaveFlags) => save(file, flags, terminal))
    const restoring = snapshot
      .command('restore <file>')
      .description('start a simulated cluster from a file, in the background')
      .addOption(dataDirOption())
      .addOption(portOption())
    addPointOptions(restoring).action((file: string, flags: RestoreFlags) =>
      start({ ...flags, point: pointOf(flags), content: readSnapshot(file) }, terminal),
    )
    const forking = snapshot
      .command('fork')
      .description('start another cluster from what this one is right now, or was')
      .addOption(dataDirOption())
      .addOption(typeOption())
      .requiredOption('--to-data-dir <directory>', 'where the other one keeps its state')
      .addOption(portOption())
    addPointOptions(forking).action(async (flags: ForkFlags) => {
      const { toDataDir: dataDir, port } = flags
      const point = pointOf(flags)
      await start({ dataDir, port, point, content: await take(flags) }, terminal)
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

async function save(file: string, flags: SaveFlags, terminal: Terminal): Promise<void> {
  const content = await take(flags)
  writeFileSync(resolve(file), content, { mode: 0o600 })
  terminal.out(`${resolve(file)}: ${content.length} bytes\n`)
}

async function take({ dataDir, type }: SaveFlags): Promise<Uint8Array> {
  using connection = connect(resolve(dataDir))
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

interface Start {
  readonly content: Uint8Array
  readonly point: SnapshotPoint | undefined
  readonly dataDir: string
  readonly port: number
}

async function start({ content, point, dataDir, port }: Start, terminal: Terminal): Promise<void> {
  const directory = resolve(dataDir)
  const from = join(directory, 'start.knarr')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeFileSync(from, content, { mode: 0o600 })
  const options: SimServingOptions = {
    ...simServing(directory, port),
    from,
    ...(point && { point }),
  }
  const progress = progressPrinter(terminal, systemClock)
  await startInBackground({ kind: 'sim', options }, progress)
  progress.done()
  terminal.out(`\n${await nodeTable(options.dataDir)}\n`)
  terminal.out(`export KUBECONFIG=${resolve(options.dataDir, 'kubeconfig')}\n`)
}
