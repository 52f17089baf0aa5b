import { readFileSync } from 'node:fs'
import type { AuthorizationConfiguration } from '#apiserver'
import { keepSnapshots, type Point } from '#lab/snapshots'
import { aborted, createLogger, systemClock } from '#lib'
import { auditPolicyOf, openSimulatedAuditLog } from '../audit/audit-log.ts'
import type { AuditLogOptions } from '../audit/options.ts'
import { loadDescriptions } from '../control-plane/descriptions.ts'
import type { ClusterPart } from '../control-plane/parts.ts'
import type { RequestHeaderSettings } from '../control-plane/request-header.ts'
import { kubernetesVersion } from '../control-plane/version.ts'
import { clusterPaths } from '../data-dir/paths.ts'
import { removeState, writeState } from '../data-dir/state.ts'
import { ensurePki, type Pki } from '../pki/pki.ts'
import { admissionOf } from '../serving/admission-file.ts'
import { type AuthenticationSettings, authenticationSettingsOf } from '../serving/authentication.ts'
import { authorizationSettingsOf } from '../serving/authorization.ts'
import { type LogFormat, lineWriter } from '../serving/log-lines.ts'
import { stopOnSignals } from '../serving/process.ts'
import type { Progress } from '../serving/progress.ts'
import {
  prepareDataDir,
  type ServingOptions,
  serveApi,
  serverHosts,
  writeKubeconfig,
} from '../serving/serving.ts'
import { defaultSimOptions, numberedNodes, type SimClusterOptions } from './options.ts'
import { restoreSimCluster } from './restore-sim-cluster.ts'
import { createSimCluster, type SimCluster, type SimClusterWorld } from './sim-cluster.ts'
import { untilReady } from './until-ready.ts'

/** What `knarr up --sim` can be told. Times in milliseconds. */
export interface SimServingOptions extends ServingOptions {
  readonly nodes: number
  readonly seed: number | string
  /** Time stands until it is moved. */
  readonly paused: boolean
  readonly podCidr: string
  /** Versions of the API besides those that are served anyway: `extensions/v1beta1=true`. */
  readonly runtimeConfig?: readonly string[]
  /** The path of an AdmissionConfiguration. */
  readonly admissionConfigFile?: string
  /** The path of an AuthenticationConfiguration; a simulation reads it once. */
  readonly authenticationConfigFile?: string
  /** What `--oidc-…` come to. */
  readonly oidc?: AuthenticationSettings
  /** Whether requests without credentials are somebody's. */
  readonly anonymousAuth?: boolean
  /** Who may say in headers as whom a request is made. */
  readonly requestHeader?: RequestHeaderSettings
  /** What is recorded of requests, and where; default: nothing. */
  readonly auditLog?: AuditLogOptions
  /** Who is asked whether somebody may do something, by file or by flags. */
  readonly authorizationConfigFile?: string
  readonly authorizationModes?: AuthorizationConfiguration
  /** Parts that the cluster does without. */
  readonly disable?: readonly ClusterPart[]
  /** Addresses for Services of type LoadBalancer. */
  readonly loadBalancerPool?: readonly string[]
  /** Wall time at its start; default the machine's. */
  readonly startWallMs?: number
  readonly nodeMonitorPeriodMs: number
  readonly nodeMonitorGracePeriodMs: number
  /** How much of its time the nodes may take to be Ready at the start. */
  readonly readyTimeoutMs: number
  /** The text of a behaviour file. */
  readonly behaviours?: string
  /** Path of a snapshot to go on from; it decides everything that the options above would. */
  readonly from?: string
  /** Where it goes on from, if not from the snapshot's end. */
  readonly to?: Point
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  readonly logFormat: LogFormat
}

/** Serves a simulated cluster until it is told to stop; needs no root. */
export async function runSimCluster(
  options: SimServingOptions,
  progress: Progress,
  onReady: () => Promise<void>,
): Promise<void> {
  admissionOf(options)
  authenticationSettingsOf(options)
  auditPolicyOf(options.auditLog)
  authorizationSettingsOf(options)
  prepareDataDir(options.dataDir)
  const stop = new AbortController()
  using _signals = stopOnSignals(stop)
  const log = createLogger(systemClock, lineWriter(options.logFormat), { level: options.logLevel })
  const paths = clusterPaths(options.dataDir)

  progress.step('Making certificates')
  const pki = await ensurePki({
    directory: paths.pki,
    serverHosts: serverHosts(options, ['127.0.0.1']),
    clock: systemClock,
  })

  progress.step('Starting the simulation')
  await using auditLog = openSimulatedAuditLog(options.auditLog, { clock: systemClock, log })
  await using cluster = await start(options, pki, {
    wall: systemClock,
    log,
    tokenKey: pki.serviceAccountKey,
    authority: pki.authority,
    descriptions: loadDescriptions(),
    ...(auditLog.audit && { audit: auditLog.audit }),
    onFailure: (error) => log.error('the simulation stands still', { error: String(error) }),
  })
  const { requestHeader } = cluster.options
  const serving = { ...options, ...(requestHeader && { requestHeader }) }
  await using server = await serveApi(cluster.inputs, serving, pki, log)
  const url = `https://127.0.0.1:${server.port}`
  writeKubeconfig(options, url, pki)
  writeState(options.dataDir, {
    pid: process.pid,
    server: url,
    nodes: [...cluster.nodes.keys()],
    version: kubernetesVersion,
    simulated: true,
  })
  using _state = { [Symbol.dispose]: () => removeState(options.dataDir) }
  const keeping = keepSnapshots(cluster, stop.signal)

  await onReady()
  await aborted(stop.signal)
  await keeping
}

async function start(
  options: SimServingOptions,
  pki: Pki,
  world: SimClusterWorld,
): Promise<SimCluster> {
  if (options.from !== undefined) {
    return restoreSimCluster(readFileSync(options.from), world, options.to)
  }
  await using opened = new AsyncDisposableStack()
  const cluster = opened.use(await createSimCluster(clusterOptions(options, pki), world))
  await untilReady(cluster, options.readyTimeoutMs)
  // Whoever called disposes of it from now on.
  opened.move()
  return cluster
}

function clusterOptions(options: SimServingOptions, pki: Pki): SimClusterOptions {
  const { seed, paused, podCidr, serviceCidr, clusterDomain, behaviours, runtimeConfig } = options
  return {
    ...defaultSimOptions,
    nodes: numberedNodes(options.nodes),
    seed,
    paused,
    podCidr,
    serviceCidr,
    clusterDomain,
    nodeMonitorPeriodMs: options.nodeMonitorPeriodMs,
    nodeMonitorGracePeriodMs: options.nodeMonitorGracePeriodMs,
    // Clients live on wall time: ages look right as long as both go at the same pace.
    startWallMs: options.startWallMs ?? systemClock.wallMs(),
    rootCertificate: pki.authority.certificate,
    ...(behaviours === undefined ? {} : { behaviours }),
    ...(runtimeConfig === undefined ? {} : { runtimeConfig }),
    ...admissionOf(options),
    ...authenticationSettingsOf(options),
    ...(options.requestHeader && { requestHeader: options.requestHeader }),
    ...authorizationSettingsOf(options),
    ...(options.disable === undefined ? {} : { disable: options.disable }),
    ...(options.loadBalancerPool === undefined
      ? {}
      : { loadBalancerPool: options.loadBalancerPool }),
  }
}
