import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import {
  type ClusterOptions,
  defaultClusterOptions,
  type Progress,
  parseRegistryMirror,
  readState,
  runCluster,
} from '#cluster'
import { KnarrError, systemClock } from '#lib'
import { parseDuration } from '#machinery'
import type { CliCommand, Terminal } from './command.ts'
import { nodeTable } from './node-table.ts'
import { collect, dataDirOption, wholeNumber } from './options.ts'
import { progressPrinter } from './progress.ts'

interface UpFlags {
  readonly detach?: boolean
  readonly dataDir: string
  readonly address: string
  readonly port: number
  readonly tlsSan?: readonly string[]
  readonly nodes: number
  readonly podCidr: string
  readonly serviceCidr: string
  readonly clusterDomain: string
  readonly registryMirror?: readonly string[]
  readonly containerRuntimeEndpoint?: string
  readonly nodeMonitorPeriod: string
  readonly nodeMonitorGracePeriod: string
  readonly podEvictionTimeout?: string
  readonly logLevel: ClusterOptions['logLevel']
}

const examples = `
Examples:
  knarr up                                       one node, in the foreground; Ctrl-C stops it
  knarr up --detach                              the same in the background
  knarr up --nodes 3                             three nodes, each with a network of its own
  knarr up --registry-mirror docker.io=http://127.0.0.1:5000
`

export const upCommand: CliCommand = {
  name: 'up',
  register(program, terminal) {
    addOptions(program.command('up').description('start a cluster on this machine'))
      .addHelpText('after', examples)
      .action((flags: UpFlags) => up(flags, terminal))
  },
}

function addOptions(command: Command): Command {
  const defaults = defaultClusterOptions
  return command
    .option('-d, --detach', 'run in the background; return when every node is Ready')
    .addOption(dataDirOption())
    .option('--address <ip>', 'where the API server listens', defaults.address)
    .option('--port <port>', 'its port', wholeNumber(1, 65_535), defaults.port)
    .option('--tls-san <name>', "a further name in the server's certificate (repeatable)", collect)
    .option('--nodes <number>', 'nodes of this machine', wholeNumber(1, 20), defaults.nodes)
    .option('--pod-cidr <cidr>', 'addresses of pods', defaults.podCidr)
    .option('--service-cidr <cidr>', 'addresses of Services', defaults.serviceCidr)
    .option('--cluster-domain <domain>', 'DNS domain of the cluster', defaults.clusterDomain)
    .option(
      '--registry-mirror <registry=url>',
      'pull images of a registry from a mirror (repeatable)',
      collect,
    )
    .option('--container-runtime-endpoint <uri>', 'use this CRI endpoint, not a private containerd')
    .option('--node-monitor-period <duration>', 'how often nodes are looked at', '5s')
    .option('--node-monitor-grace-period <duration>', 'silence that makes a node Unknown', '50s')
    .option('--pod-eviction-timeout <duration>', 'accepted for old configurations; has no effect')
    .addOption(
      new Option('--log-level <level>', 'what is written to the log')
        .choices(['debug', 'info', 'warn', 'error'])
        .default(defaults.logLevel),
    )
}

async function up(flags: UpFlags, terminal: Terminal): Promise<void> {
  const options = toOptions(flags)
  if (flags.podEvictionTimeout !== undefined) {
    terminal.err(
      'warning: --pod-eviction-timeout has no effect since Kubernetes 1.27: pods leave a lost node ' +
        'when its NoExecute taint outlasts their tolerationSeconds.\n',
    )
  }
  const progress = progressPrinter(terminal, systemClock)
  const running = readState(options.dataDir)
  if (running) {
    terminal.err(`A cluster is running already (pid ${running.pid}).\n`)
  } else if (flags.detach) {
    await startInBackground(options, progress)
  } else {
    return runCluster(options, progress, async () => {
      progress.done()
      await greet(options.dataDir, terminal)
    })
  }
  progress.done()
  await greet(options.dataDir, terminal)
}

function toOptions(flags: UpFlags): ClusterOptions {
  for (const mirror of flags.registryMirror ?? []) parseRegistryMirror(mirror)
  return {
    dataDir: resolve(flags.dataDir),
    address: flags.address,
    port: flags.port,
    tlsSans: flags.tlsSan ?? [],
    nodes: flags.nodes,
    podCidr: flags.podCidr,
    serviceCidr: flags.serviceCidr,
    clusterDomain: flags.clusterDomain,
    registryMirrors: flags.registryMirror ?? [],
    ...(flags.containerRuntimeEndpoint === undefined
      ? {}
      : { containerRuntimeEndpoint: flags.containerRuntimeEndpoint }),
    nodeMonitorPeriodMs: duration('--node-monitor-period', flags.nodeMonitorPeriod),
    nodeMonitorGracePeriodMs: duration('--node-monitor-grace-period', flags.nodeMonitorGracePeriod),
    logLevel: flags.logLevel,
  }
}

function duration(flag: string, text: string): number {
  const ms = readDuration(text)
  if (ms > 0) return ms
  throw new KnarrError('BadDuration', `${flag} is not a positive duration: ${text}`, {
    hint: 'Write it like 10s, 1m30s or 500ms.',
  })
}

/** NaN for what is no duration at all. */
function readDuration(text: string): number {
  try {
    return parseDuration(text)
  } catch {
    return Number.NaN
  }
}

async function greet(dataDir: string, terminal: Terminal): Promise<void> {
  terminal.out(`\n${await nodeTable(dataDir)}\n`)
  terminal.out(`export KUBECONFIG=${join(dataDir, 'kubeconfig')}\n`)
}

/** What the process in the background tells the one that started it. */
export type BackgroundMessage =
  | { readonly kind: 'step'; readonly text: string }
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly message: string
      readonly hint?: string
    }

/** Starts this same program again without a terminal, and follows it until it is ready. */
async function startInBackground(options: ClusterOptions, progress: Progress): Promise<void> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
  const logPath = join(options.dataDir, 'knarr.log')
  const log = openSync(logPath, 'a', 0o600)
  const entry = process.argv[1] ?? ''
  const child = spawn(
    process.execPath,
    [...process.execArgv, entry, 'serve-in-background', JSON.stringify(options)],
    { detached: true, stdio: ['ignore', log, log, 'ipc'], cwd: '/' },
  )
  closeSync(log)
  try {
    await new Promise<void>((resolveReady, reject) => {
      child.on('message', (message: BackgroundMessage) => {
        if (message.kind === 'step') progress.step(message.text)
        else if (message.kind === 'ready') resolveReady()
        else reject(new KnarrError(message.code, message.message, message))
      })
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        const how = signal ? `was killed by ${signal}` : `ended with exit code ${code}`
        reject(
          new KnarrError('StartFailed', `the cluster ${how} before it was ready`, {
            hint: `Its log: ${logPath}`,
          }),
        )
      })
    })
  } finally {
    if (child.connected) child.disconnect()
    child.unref()
  }
}
