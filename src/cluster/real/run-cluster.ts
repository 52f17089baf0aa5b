import { isNodeReady, nodes } from '#api'
import { createLogger, KnarrError, type Logger, systemClock, systemRandom } from '#lib'
import { openDurableStore } from '#store'
import { authenticated, type ControlPlane, createControlPlane } from '../control-plane.ts'
import { loadDescriptions } from '../descriptions.ts'
import { machineAddresses, machineName } from '../machine.ts'
import { runNode } from '../node.ts'
import { gated } from '../nodes/gated.ts'
import { createNodeHandle, type NodeHandle } from '../nodes/node-handle.ts'
import type { ClusterOptions, Progress } from '../options.ts'
import { ensurePki } from '../pki/pki.ts'
import { aborted, stopOnSignals, writeLine } from '../process.ts'
import { prepareDataDir, serveApi, serverHosts, writeKubeconfig } from '../serving.ts'
import { removeState, writeState } from '../state.ts'
import { kubernetesVersion } from '../version.ts'
import { type LocalNode, openLocalNode } from './local-node.ts'
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
      endpoint,
    },
    stop.signal,
  )
  await using server = await serveApi(plane.server, options, pki, log)
  const url = `https://127.0.0.1:${server.port}`
  writeKubeconfig(paths.kubeconfig, url, pki)
  const running = [plane.run(stop.signal)]

  progress.step('Starting containerd')
  const name = machineName()
  await using node = await openLocalNode(
    { cluster: options, name, podCidr: firstPodNetwork(options.podCidr), clock, log },
    stop.signal,
  )
  running.push(startNode(plane, node, log).run(stop.signal), node.supervise(stop.signal))
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

/** Its kubelet and proxy, so that faults can be done to it. */
function startNode(plane: ControlPlane, node: LocalNode, log: Logger): NodeHandle {
  const { name, ips, host, machine } = node
  const who = { name, ips, version: kubernetesVersion, random: systemRandom, log, host }
  return createNodeHandle({
    name,
    clock,
    machine,
    run({ gate, ...ports }, signal) {
      const runtime = gated(node.runtime, gate)
      const network = gated(node.network, gate)
      return runNode(plane, { ...who, ...ports, runtime, network }, signal)
    },
  })
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
