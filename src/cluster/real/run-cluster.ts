import { isNodeReady, nodes } from '#api'
import type { Client } from '#client'
import { type FaultTargets, simulationApi, wallTime } from '#lab'
import { aborted, createLogger, KnarrError, type Logger, systemClock, systemRandom } from '#lib'
import { createNodeHandle, freezable, type NodeHandle, runNode } from '#node'
import {
  hasContainers,
  ipv6Refusal,
  type LocalNode,
  machineAddresses,
  nodesIn,
  openLocalNodes,
} from '#node/local'
import { auditPolicyOf, openAuditLog } from '../audit/audit-log.ts'
import {
  authenticated,
  type ControlPlane,
  createControlPlane,
} from '../control-plane/control-plane.ts'
import { loadDescriptions } from '../control-plane/descriptions.ts'
import { familiesOf } from '../control-plane/networks.ts'
import { registrationIn } from '../control-plane/node-registration.ts'
import { dnsOf } from '../control-plane/parts.ts'
import { kubernetesVersion } from '../control-plane/version.ts'
import { clusterPaths } from '../data-dir/paths.ts'
import { removeState, writeState } from '../data-dir/state.ts'
import { ensurePki, type Pki } from '../pki/pki.ts'
import { admissionOf } from '../serving/admission-file.ts'
import { authenticationSettingsOf } from '../serving/authentication.ts'
import { authorizationSettingsOf } from '../serving/authorization.ts'
import { lineWriter } from '../serving/log-lines.ts'
import { stopOnSignals } from '../serving/process.ts'
import type { Progress } from '../serving/progress.ts'
import { securityOf } from '../serving/security.ts'
import { prepareDataDir, serveApi, serverHosts, writeKubeconfig } from '../serving/serving.ts'
import { openTracing, tracingConfigurationOf } from '../tracing/open-tracing.ts'
import { openStore } from './open-store.ts'
import type { ClusterOptions } from './options.ts'
import {
  createSimulatedNodes,
  removeSurplusSimulated,
  requireRoomForSimulated,
} from './simulated-nodes.ts'
import { removeNodes } from './stop-cluster.ts'
import { removeSurplusNodes } from './surplus-nodes.ts'

const clock = systemClock

/**
 * Runs a cluster in this process until it is told to stop (SIGINT or SIGTERM); calls `onReady` once
 * every node is Ready. Containers go on when this process ends; `stopCluster` takes them down. One that
 * fails before it is ready takes what it started with it, but never containers that it found.
 */
export async function runCluster(
  options: ClusterOptions,
  progress: Progress,
  onReady: () => Promise<void>,
): Promise<void> {
  requireSense(options)
  admissionOf(options)
  authenticationSettingsOf(options)
  auditPolicyOf(options.auditLog)
  tracingConfigurationOf(options.tracingConfigFile)
  authorizationSettingsOf(options)
  requireRoomForSimulated(options)
  const { dataDir } = options
  prepareDataDir(dataDir)
  const found = await Promise.all(nodesIn(dataDir).map((plan) => hasContainers(dataDir, plan)))
  let isReady = false
  try {
    await serve(options, progress, () => {
      isReady = true
      return onReady()
    })
  } catch (error) {
    if (!isReady && !found.includes(true)) await removeNodes(dataDir, progress)
    throw error
  }
}

async function serve(
  options: ClusterOptions,
  progress: Progress,
  onReady: () => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  using _signals = stopOnSignals(stop)
  const log = createLogger(clock, lineWriter(options.logFormat), { level: options.logLevel })
  const world = { clock, random: systemRandom, log }
  const paths = clusterPaths(options.dataDir)

  progress.step('Making certificates')
  const ips = machineAddresses()
  const hosts = serverHosts(options, ips)
  const pki = await ensurePki({ directory: paths.pki, serverHosts: hosts, clock })

  progress.step('Opening the store')
  const storeWorld = { ...world, directory: paths.store, boundBy: paths.storeIdentity }
  await using store = await openStore(options.store, storeWorld, stop.signal)

  progress.step('Starting the API server and the control loops')
  await using auditLog = openAuditLog(options.auditLog, world)
  await using traces = await openTracing(options.tracingConfigFile, world)
  const handles = new Map<string, NodeHandle>()
  const faultWorld: FaultTargets = { node: (name) => handles.get(name), registries: undefined }
  await using plane = await createControlPlane(
    {
      ...options,
      ...world,
      store,
      ...securityOf(options, { ...world, paths }, stop.signal),
      ...keysOf(pki, options),
      ...admissionOf(options),
      ...{ audit: auditLog.audit, tracing: traces.tracing },
      descriptions: loadDescriptions(),
      version: kubernetesVersion,
      endpoint: { address: ips[0] ?? '127.0.0.1', port: options.port },
      extras: (parts) => simulationApi({ ...parts, time: wallTime(clock), faults: faultWorld }),
    },
    stop.signal,
  )
  await using server = await serveApi(plane.server, { ...options, ...plane.trust }, pki, log)
  const url = `https://127.0.0.1:${server.port}`
  writeKubeconfig(options, url, pki)
  const running = [plane.run(stop.signal)]
  await using _loops = ending(running, stop)

  progress.step('Starting containerd')
  const admin = plane.clientFor(authenticated('kubernetes-admin', 'system:masters'), 'knarr')
  await removeSurplusNodes(options, admin, stop.signal)
  await using opened = await openLocalNodes(
    { cluster: { ...options, dns: dnsOf(options) }, client: admin, clock, log },
    stop.signal,
  )
  // What the nodes run ends before their runtimes and hosts are closed.
  await using _nodeLoops = ending(running, stop)
  for (const node of opened.nodes) {
    const handle = startNode(plane, node, log)
    handles.set(node.name, handle)
    running.push(handle.run(stop.signal), node.supervise(stop.signal))
  }
  await removeSurplusSimulated(options, admin)
  for (const node of createSimulatedNodes(options, plane, log)) {
    handles.set(node.name, node)
    running.push(node.run(stop.signal))
  }
  writeState(options.dataDir, {
    pid: process.pid,
    server: url,
    nodes: opened.nodes.map(({ name }) => name),
    version: kubernetesVersion,
  })
  using _state = { [Symbol.dispose]: () => removeState(options.dataDir) }

  progress.step('Waiting for the nodes to be Ready')
  const ready = untilReady(admin, [...handles.keys()], options.readyTimeoutMs, stop.signal)
  await Promise.race([ready, ...running])
  await onReady()
  await Promise.race([aborted(stop.signal), ...running])
}

/** By what the cluster knows its own. */
function keysOf(
  { serviceAccountKey, authority, frontProxy }: Pki,
  { serviceAccountSigningKey: tokenKey = serviceAccountKey }: ClusterOptions,
) {
  return { tokenKey, rootCertificate: authority.certificate, authority, frontProxy }
}

/** Ends loops when disposed, however it came to that: one that goes on would keep the process alive. */
function ending(running: readonly Promise<unknown>[], stop: AbortController): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await Promise.allSettled(running)
    },
  }
}

function requireSense(options: ClusterOptions): void {
  const { nodes: count, containerRuntimeEndpoint } = options
  const families = familiesOf(options)
  if (families[0] !== 'IPv4') {
    throw new KnarrError('IPv4First', 'the first family of real nodes is IPv4', {
      hint: 'Put the range of IPv4 first, or add --sim.',
    })
  }
  const refusal = families.includes('IPv6') ? ipv6Refusal() : undefined
  if (refusal !== undefined) {
    throw new KnarrError('NoIPv6', `this machine cannot have networks of IPv6: ${refusal}`, {
      hint: 'Leave the range of IPv6 out of --pod-cidr and --service-cidr.',
    })
  }
  if (count === 1 || containerRuntimeEndpoint === undefined) return
  throw new KnarrError('OneRuntimeOneNode', 'a CRI endpoint of your own serves one node only', {
    hint: 'Leave out --container-runtime-endpoint or --nodes.',
  })
}

/** A machine that is not the cluster's alone may be fuller than a server (k3s' thresholds). */
const sharedMachine = {
  'memory.available': '100Mi',
  'nodefs.available': '5%',
  'imagefs.available': '5%',
}

/** Its kubelet and proxy, so that faults can be done to it. */
function startNode(plane: ControlPlane, node: LocalNode, log: Logger): NodeHandle {
  const { name, ips, host, machine, podCidrs } = node
  const version = kubernetesVersion
  const who = {
    registration: registrationIn(plane, name),
    ips,
    version,
    config: { podCidrs, evictionHard: sharedMachine },
    random: systemRandom,
    log,
    host,
  }
  return createNodeHandle({
    name,
    clock,
    machine,
    run({ freezer, ...ports }, signal) {
      const runtime = freezable(node.runtime, freezer)
      const network = freezable(node.network, freezer)
      return runNode({ ...who, ...ports, runtime, network }, signal)
    },
  })
}

async function untilReady(
  admin: Client,
  names: readonly string[],
  readyLimitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = clock.monotonicMs() + readyLimitMs
  while (clock.monotonicMs() < untilMs) {
    const { items } = await admin.list(nodes)
    const ready = new Set(items.filter(isNodeReady).map(({ metadata }) => metadata.name))
    if (names.every((name) => ready.has(name))) return
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
