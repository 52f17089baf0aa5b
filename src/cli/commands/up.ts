import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import {
  type ClusterOptions,
  checkNetworks,
  clusterParts,
  defaultClusterOptions,
  logFormats,
  parseRegistryMirror,
  readRegistriesFile,
  readState,
  type SimServingOptions,
} from '#cluster'
import { KnarrError, systemClock } from '#lib'
import { type AnyCluster, runAnyCluster } from '../cluster/any-cluster.ts'
import { startInBackground } from '../cluster/background.ts'
import { nodeRows, nodeTable } from '../cluster/node-table.ts'
import { addAuditOptions, auditOf } from '../options/audit-options.ts'
import {
  addIdentityOptions,
  authenticationOf,
  authorizationOf,
  encryptionFilesOf,
  type IdentityFlags,
  refuseInSimulation,
} from '../options/identity-options.ts'
import {
  collect,
  dataDirOption,
  outputOption,
  positiveDuration,
  wholeNumber,
} from '../options/options.ts'
import { addRequestHeaderOptions, requestHeaderOf } from '../options/request-header-options.ts'
import {
  addServiceAccountOptions,
  refuseServiceAccountFlags,
  type ServiceAccountFlags,
  serviceAccountsOf,
} from '../options/service-account-options.ts'
import {
  addSimOptions,
  admissionFileOf,
  behavioursOf,
  disabledOf,
  maxSimNodes,
  poolOf,
  runtimeConfigOf,
  type SimFlags,
  toSimOptions,
} from '../options/sim-options.ts'
import {
  addStoreOptions,
  requireSimulatedStore,
  type StoreFlags,
  toStoreChoice,
} from '../options/store-options.ts'
import {
  addTracingOptions,
  refuseTracing,
  type TracingFlags,
  tracingOf,
} from '../options/tracing-options.ts'
import type { CliCommand, OutputFormat, Terminal } from '../terminal/command.ts'
import { progressPrinter } from '../terminal/progress.ts'

interface UpFlags extends SimFlags, StoreFlags, IdentityFlags, ServiceAccountFlags, TracingFlags {
  readonly detach?: boolean
  readonly output: OutputFormat
  readonly registryMirror?: readonly string[]
  readonly registriesFile?: string
  readonly containerRuntimeEndpoint?: string
  readonly podEvictionTimeout?: string
}

const examples = `
Examples:
  knarr up                                       one node, in the foreground; Ctrl-C stops it
  knarr up --detach                              the same in the background
  knarr up --nodes 3                             three nodes, each with a network of its own
  knarr up --registry-mirror docker.io=http://127.0.0.1:5000
  knarr up --sim --nodes 100 --detach            a hundred simulated nodes, without root
  knarr up --store etcd --etcd-servers http://127.0.0.1:2379
  knarr up --sim-nodes 50                        one real node, and fifty simulated beside it
`

/** `knarr up` starts a cluster, real or simulated. */
export const upCommand: CliCommand = {
  register(program, terminal) {
    addOptions(program.command('up').description('start a cluster on this machine'))
      .addHelpText('after', examples)
      .action((flags: UpFlags) => up(flags, terminal))
  },
}

function addOptions(command: Command): Command {
  const defaults = defaultClusterOptions
  const known = addServiceAccountOptions(
    addIdentityOptions(addStoreOptions(addSimOptions(command))),
  )
  return addTracingOptions(addAuditOptions(addRequestHeaderOptions(known)))
    .option('-d, --detach', 'run in the background; return when every node is Ready')
    .addOption(dataDirOption())
    .addOption(outputOption())
    .option('--name <name>', 'of its context in kubeconfigs (default: by the data directory)')
    .option('--address <ip>', 'where the API server listens', defaults.address)
    .option('--port <port>', 'its port', wholeNumber(1, 65_535), defaults.port)
    .option('--tls-san <name>', "a further name in the server's certificate (repeatable)", collect)
    .option('--nodes <number>', 'how many nodes', wholeNumber(1, maxSimNodes), defaults.nodes)
    .option(
      '--pod-cidr <cidr>',
      'addresses of pods: one range, or one of each family by comma',
      defaults.podCidr,
    )
    .option('--service-cidr <cidr>', 'addresses of Services, likewise', defaults.serviceCidr)
    .option('--cluster-domain <domain>', 'DNS domain of the cluster', defaults.clusterDomain)
    .option(
      '--disable <part>',
      `what the cluster does without: ${clusterParts.join(', ')} (repeatable)`,
      collect,
    )
    .option(
      '--load-balancer-pool <addresses>',
      'for Services of type LoadBalancer: FIRST-LAST or a CIDR (repeatable; default: of the nodes)',
      collect,
    )
    .option(
      '--runtime-config <version=true>',
      'serve a version that upstream has removed: extensions/v1beta1=true (repeatable)',
      collect,
    )
    .option(
      '--admission-control-config-file <file>',
      'an AdmissionConfiguration: defaults and exemptions of PodSecurity, limits of ResourceQuota',
    )
    .option(
      '--registry-mirror <registry=url>',
      'pull images of a registry from a mirror (repeatable)',
      collect,
    )
    .option(
      '--registries-file <file>',
      'mirrors and credentials of registries (default: registries.yaml in the data directory)',
    )
    .option('--container-runtime-endpoint <uri>', 'use this CRI endpoint, not a private containerd')
    .option('--node-monitor-period <duration>', 'how often nodes are looked at', '5s')
    .option('--node-monitor-grace-period <duration>', 'silence that makes a node Unknown', '50s')
    .option('--ready-timeout <duration>', 'how long the nodes may take to be Ready', '2m')
    .option('--pod-eviction-timeout <duration>', 'accepted for old configurations; has no effect')
    .addOption(
      new Option('--log-level <level>', 'what is written to the log')
        .choices(['debug', 'info', 'warn', 'error'])
        .default(defaults.logLevel),
    )
    .addOption(
      new Option('--log-format <format>', 'how the log is written; json has the keys of Kubernetes')
        .choices(logFormats)
        .default(defaults.logFormat),
    )
}

async function up(flags: UpFlags, terminal: Terminal): Promise<void> {
  const cluster: AnyCluster = flags.sim
    ? { kind: 'sim', options: simulated(flags) }
    : { kind: 'real', options: toOptions(flags) }
  const { options } = cluster
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
    await startInBackground(cluster, progress)
  } else {
    return runAnyCluster(cluster, progress, async () => {
      progress.done()
      await printAccess(options.dataDir, flags, terminal)
    })
  }
  progress.done()
  await printAccess(options.dataDir, flags, terminal)
}

function simulated(flags: UpFlags): SimServingOptions {
  requireSimulatedStore(flags)
  refuseInSimulation(flags)
  refuseServiceAccountFlags(flags)
  refuseTracing(flags)
  return toSimOptions(flags)
}

function toOptions(flags: UpFlags): ClusterOptions {
  for (const mirror of flags.registryMirror ?? []) parseRegistryMirror(mirror)
  checkNetworks(flags)
  return {
    dataDir: resolve(flags.dataDir),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    store: toStoreChoice(flags),
    address: flags.address,
    port: flags.port,
    tlsSans: flags.tlsSan ?? [],
    nodes: realNodes(flags.nodes),
    simNodes: flags.simNodes,
    ...behavioursOf(flags),
    podCidr: flags.podCidr,
    serviceCidr: flags.serviceCidr,
    clusterDomain: flags.clusterDomain,
    ...disabledOf(flags),
    ...poolOf(flags, flags.podCidr),
    ...runtimeConfigOf(flags),
    ...admissionFileOf(flags),
    ...encryptionFilesOf(flags),
    ...authenticationOf(flags),
    ...auditOf(flags),
    ...requestHeaderOf(flags),
    ...tracingOf(flags),
    ...authorizationOf(flags),
    ...serviceAccountsOf(flags),
    registryMirrors: flags.registryMirror ?? [],
    ...registriesFileOf(flags),
    ...(flags.containerRuntimeEndpoint === undefined
      ? {}
      : { containerRuntimeEndpoint: flags.containerRuntimeEndpoint }),
    nodeMonitorPeriodMs: positiveDuration('--node-monitor-period', flags.nodeMonitorPeriod),
    nodeMonitorGracePeriodMs: positiveDuration(
      '--node-monitor-grace-period',
      flags.nodeMonitorGracePeriod,
    ),
    readyTimeoutMs: positiveDuration('--ready-timeout', flags.readyTimeout),
    logLevel: flags.logLevel,
    logFormat: flags.logFormat,
  }
}

/** Read here too, so that a mistake is told before anything starts. */
function registriesFileOf({ registriesFile, dataDir }: UpFlags): { registriesFile?: string } {
  const usual = join(resolve(dataDir), 'registries.yaml')
  if (registriesFile === undefined && !existsSync(usual)) return {}
  const path = registriesFile === undefined ? usual : resolve(registriesFile)
  readRegistriesFile(path)
  return { registriesFile: path }
}

/** Each real node is a containerd of its own. */
const maxRealNodes = 20

function realNodes(count: number): number {
  if (count <= maxRealNodes) return count
  throw new KnarrError('TooManyNodes', `${count} nodes are too many for one machine`, {
    hint: `Up to ${maxRealNodes} can be real; add --sim for more.`,
  })
}

async function printAccess(
  dataDir: string,
  { output }: Pick<UpFlags, 'output'>,
  terminal: Terminal,
): Promise<void> {
  if (output === 'json') {
    const value = { kubeconfig: join(dataDir, 'kubeconfig'), nodes: await nodeRows(dataDir) }
    return terminal.out(`${JSON.stringify(value, null, 2)}\n`)
  }
  terminal.out(`\n${await nodeTable(dataDir)}\n`)
  terminal.out(`export KUBECONFIG=${join(dataDir, 'kubeconfig')}\n`)
}
