import type { Pod } from '#api'
import { pods } from '#api'
import type { ContainerAddress, NodeApi, Stored } from '#machinery'
import { badRequest, notFound } from '#machinery/status'
import { readLog } from '../logs/read.ts'
import { instancesOf, newestOf, type ObservedContainer, observePod } from '../model/observed.ts'
import type { KubeletWorld } from '../model/world.ts'
import { createSummary } from '../stats/collect.ts'
import type { PodWorker } from '../workers/pod-worker.ts'
import { connectFrom } from './node-connect.ts'
import { answerPath } from './node-paths.ts'

/** Finds the worker of a pod by its name. */
export type FindWorker = (namespace: string, name: string) => PodWorker | undefined

/** The kubelet's own API: logs, exec, attach, port-forward, statistics. */
export function createNodeApi(
  world: KubeletWorld,
  find: FindWorker,
  workers: () => Iterable<PodWorker>,
): NodeApi {
  const { runtime, clock, host } = world
  const summary = createSummary(world, workers)
  const podsOf = () => [...workers()].map(({ pod }) => pod)
  const workerOf = ({ namespace, pod, podUid }: Omit<ContainerAddress, 'container'>) => {
    const worker = find(namespace, pod)
    if (!worker || (podUid !== undefined && worker.uid !== podUid)) throw notFound(pods, pod)
    return worker
  }
  const running = async (address: ContainerAddress, signal: AbortSignal) => {
    const worker = workerOf(address)
    const observed = await observePod(runtime, worker.uid, clock, signal)
    const container = newestOf(observed, address.container)
    if (container?.state === 'running') return container
    throw badRequest(`container not found ("${address.container}")`)
  }

  return {
    async *logs(address, options, signal) {
      const worker = workerOf(address)
      const observed = await observePod(runtime, worker.uid, clock, signal)
      const instances = instancesOf(observed, address.container)
      const container = options.previous ? instances[1] : instances[0]
      if (!container) throw notStarted(worker.pod, address, options.previous === true)
      yield* readLog(
        {
          files: host.files,
          path: container.logPath,
          nowMs: clock.wallMs(),
          isRunning: () => isRunning(container, world, signal),
        },
        options,
        signal,
      )
    },
    async exec(address, { command, ...streams }, signal) {
      const { id } = await running(address, signal)
      return runtime.streams.exec({ containerId: id, argv: command, ...streams }, signal)
    },
    async attach(address, streams, signal) {
      const { id } = await running(address, signal)
      return runtime.streams.attach({ containerId: id, ...streams }, signal)
    },
    async portForward(address, port, signal) {
      const worker = workerOf(address)
      const [sandbox] = worker.observed.sandboxes
      if (!sandbox) throw badRequest(`pod ${address.pod} has no sandbox yet`)
      return runtime.streams.portForward(sandbox.id, port, signal)
    },
    connect: (target, signal) => connectFrom(world, target, signal),
    request: (path, signal) =>
      answerPath({ summary, podsOf, metrics: world.metrics }, path, signal),
    stats: summary,
  }
}

async function isRunning(
  { id }: ObservedContainer,
  { runtime }: KubeletWorld,
  signal: AbortSignal,
): Promise<boolean> {
  const status = await runtime.containerStatus(id, signal).catch(() => undefined)
  return status?.state === 'running'
}

/** Upstream's texts for a container without a log (validateContainerLogStatus). */
function notStarted(
  pod: Stored<Pod>,
  { pod: name, container }: ContainerAddress,
  previous: boolean,
) {
  if (previous) {
    return badRequest(`previous terminated container "${container}" in pod "${name}" not found`)
  }
  const all = [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
  ]
  const waiting = all.find((status) => status.name === container)?.state?.waiting
  if (waiting?.reason) {
    return badRequest(
      `container "${container}" in pod "${name}" is waiting to start: ${waiting.message || waiting.reason}`,
    )
  }
  return badRequest(`container "${container}" in pod "${name}" is not available`)
}
