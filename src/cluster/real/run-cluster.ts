import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Descriptions, isNodeReady, noDescriptions, nodes, readDescriptions } from '#api'
import { serveHttps } from '#apiserver'
import {
  createLogger,
  KnarrError,
  type Logger,
  type LogLine,
  systemClock,
  systemRandom,
} from '#lib'
import { openDurableStore } from '#store'
import { firstAddress } from '../bootstrap.ts'
import { authenticated, type ControlPlane, createControlPlane } from '../control-plane.ts'
import { runNode } from '../node.ts'
import type { ClusterOptions, Progress } from '../options.ts'
import { kubeconfig } from '../pki/kubeconfig.ts'
import { ensurePki, type Pki, writeSecret } from '../pki/pki.ts'
import { readState, removeState, writeState } from '../state.ts'
import { kubernetesVersion } from '../version.ts'
import { type LocalNode, machineAddresses, machineName, openLocalNode } from './local-node.ts'
import { clusterPaths } from './paths.ts'

const clock = systemClock

/**
 * Runs a cluster in this process until it is told to stop (SIGINT or SIGTERM); calls `onReady` once
 * every node is Ready. Containers go on when this process ends; `stopCluster` takes them down.
 */
export async function runCluster(
  options: ClusterOptions,
  progress: Progress,
  onReady: () => Promise<void>,
): Promise<void> {
  prepareDataDir(options.dataDir)
  const stop = new AbortController()
  using _signals = stopOnSignals(stop)
  const log = createLogger(clock, writeLine, { level: options.logLevel })
  const paths = clusterPaths(options.dataDir)

  progress.step('Making certificates')
  const ips = machineAddresses()
  const pki = await ensurePki({
    directory: paths.pki,
    serverHosts: serverHosts(options, ips),
    clock,
  })

  progress.step('Opening the store')
  await using store = await openDurableStore({ directory: paths.store, clock })

  progress.step('Starting the API server and the control loops')
  const endpoint = { address: ips[0] ?? '127.0.0.1', port: options.port }
  await using plane = await createControlPlane(
    {
      ...options,
      store,
      clock,
      random: systemRandom,
      log,
      tokenKey: pki.serviceAccountKey,
      rootCertificate: pki.authority.certificate,
      descriptions: loadDescriptions(),
      version: kubernetesVersion,
      commitLog: () => undefined,
      endpoint,
    },
    stop.signal,
  )
  await using server = await serve(plane, options, pki, log)
  const url = `https://127.0.0.1:${server.port}`
  writeKubeconfig(paths.kubeconfig, url, pki)
  const running = [plane.run(stop.signal)]

  progress.step('Starting containerd')
  const name = machineName()
  await using node = await openLocalNode(
    { cluster: options, name, podCidr: firstPodNetwork(options.podCidr), clock, log },
    stop.signal,
  )
  running.push(startNode(plane, node, log, stop.signal), node.supervise(stop.signal))
  writeState(options.dataDir, {
    pid: process.pid,
    server: url,
    nodes: [name],
    version: kubernetesVersion,
  })
  using _state = { [Symbol.dispose]: () => removeState(options.dataDir) }

  progress.step('Waiting for the nodes to be Ready')
  await Promise.race([untilReady(plane, 1, stop.signal), ...running])
  await onReady()
  await Promise.race([aborted(stop.signal), ...running])
  stop.abort()
  await Promise.allSettled(running)
}

function prepareDataDir(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o711 })
  const other = readState(dataDir)
  if (!other) return
  throw new KnarrError('DataDirInUse', `${dataDir} is in use by another knarr (pid ${other.pid})`, {
    hint: "Stop it with 'knarr down', or choose another directory with --data-dir.",
  })
}

/** Every name and address under which clients reach the API server. */
function serverHosts(options: ClusterOptions, ips: readonly string[]): readonly string[] {
  const domain = options.clusterDomain
  return [
    '127.0.0.1',
    'localhost',
    machineName(),
    ...ips,
    firstAddress(options.serviceCidr),
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${domain}`,
    ...options.tlsSans,
  ]
}

function serve(plane: ControlPlane, options: ClusterOptions, pki: Pki, log: Logger) {
  return serveHttps({
    handler: plane.server.handle,
    connectHandler: plane.server.connect,
    tls: {
      key: pki.server.key,
      certificate: pki.server.certificate,
      clientAuthorities: pki.authority.certificate,
    },
    address: options.address,
    port: options.port,
    clock,
    log,
  })
}

function writeKubeconfig(path: string, server: string, pki: Pki): void {
  const config = kubeconfig({
    server,
    authority: pki.authority.certificate,
    user: 'kubernetes-admin',
    client: pki.admin,
    clusterName: 'knarr',
  })
  writeSecret(path, config)
}

function startNode(
  plane: ControlPlane,
  node: LocalNode,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { name, ips, runtime, network, host } = node
  const version = kubernetesVersion
  return runNode(
    plane,
    { name, ips, version, clock, random: systemRandom, log, runtime, network, host },
    signal,
  )
}

/** The first /24 of the pods' network. */
function firstPodNetwork(cidr: string): string {
  const [base = '', bits = '16'] = cidr.split('/')
  return Number(bits) >= 24 ? cidr : `${base.split('.').slice(0, 3).join('.')}.0/24`
}

const readyLimitMs = 120_000

async function untilReady(plane: ControlPlane, count: number, signal: AbortSignal): Promise<void> {
  const admin = plane.clientFor(authenticated('kubernetes-admin', 'system:masters'), 'knarr')
  const untilMs = clock.monotonicMs() + readyLimitMs
  while (clock.monotonicMs() < untilMs) {
    const { items } = await admin.list(nodes)
    if (items.filter(isNodeReady).length >= count) return
    await clock.sleep(100, signal)
  }
  throw new KnarrError(
    'NodesNotReady',
    `the nodes were not Ready within ${readyLimitMs / 1000} s`,
    {
      hint: "Look at 'kubectl describe nodes' and at knarr.log in the data directory.",
    },
  )
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function stopOnSignals(stop: AbortController): Disposable {
  const handler = (name: NodeJS.Signals) => stop.abort(new Error(`stopped by ${name}`))
  process.once('SIGINT', handler).once('SIGTERM', handler)
  return { [Symbol.dispose]: () => void process.off('SIGINT', handler).off('SIGTERM', handler) }
}

function writeLine({ wallMs, level, message, fields }: LogLine): void {
  const line = { time: new Date(wallMs).toISOString(), level, message, ...fields }
  process.stderr.write(`${JSON.stringify(line)}\n`)
}

/** Texts of the API's types for `kubectl explain`; made at build time, so they may be absent. */
function loadDescriptions(): Descriptions {
  const candidates = [
    '../../../.cache/descriptions.json',
    '../descriptions.json',
    './descriptions.json',
  ]
  const found = candidates
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path))
  return found ? readDescriptions(found) : noDescriptions
}
