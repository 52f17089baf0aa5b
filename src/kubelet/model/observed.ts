import type { PodStatus } from '#api'
import type { Clock } from '#lib'
import {
  type Container,
  type ContainerStatus,
  isRuntimeError,
  type Runtime,
  type Sandbox,
  type SandboxStatus,
} from '#runtime'
import {
  containerNameLabel,
  hashAnnotation,
  podUidLabel,
  restartCountAnnotation,
} from './labels.ts'

/** One container of a pod as the runtime has it, with what the kubelet wrote on it. */
export interface ObservedContainer extends ContainerStatus {
  readonly name: string
  readonly sandboxId: string
  readonly hash: string
  readonly restartCount: number
}

/** All that the runtime knows of one pod; newest first. */
export interface ObservedPod {
  readonly sandboxes: readonly SandboxStatus[]
  readonly containers: readonly ObservedContainer[]
  /** When this was seen, on the kubelet's monotonic clock. */
  readonly atMs: number
}

export const nothingObserved: ObservedPod = Object.freeze({
  sandboxes: [],
  containers: [],
  atMs: Number.NEGATIVE_INFINITY,
})

/** Asks the runtime for one pod. */
export async function observePod(
  runtime: Runtime,
  podUid: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<ObservedPod> {
  const atMs = clock.monotonicMs()
  const labels = { [podUidLabel]: podUid }
  const [listed, containers] = await Promise.all([
    runtime.listSandboxes({ labels }, signal),
    runtime.listContainers({ labels }, signal),
  ])
  const [sandboxes, statuses] = await Promise.all([
    Promise.all(listed.map(({ id }) => orUndefined(runtime.sandboxStatus(id, signal)))),
    Promise.all(
      containers.map(async (container) => {
        const status = await orUndefined(runtime.containerStatus(container.id, signal))
        return status && toObserved(container, status)
      }),
    ),
  ])
  return {
    sandboxes: sandboxes.filter((sandbox) => sandbox !== undefined).toSorted(newestFirst),
    containers: statuses.filter((status) => status !== undefined).toSorted(newestFirst),
    atMs,
  }
}

/** What was listed may be gone a moment later. */
async function orUndefined<T>(status: Promise<T>): Promise<T | undefined> {
  try {
    return await status
  } catch (error) {
    if (isRuntimeError(error, 'notFound')) return undefined
    throw error
  }
}

function toObserved(container: Container, status: ContainerStatus): ObservedContainer {
  return {
    ...status,
    sandboxId: container.sandboxId,
    name: container.labels[containerNameLabel] ?? container.metadata.name,
    hash: container.annotations[hashAnnotation] ?? '',
    restartCount: Number(container.annotations[restartCountAnnotation] ?? 0) || 0,
  }
}

/** Attempts break ties between things made in the same millisecond. */
function newestFirst(
  a: Pick<Sandbox | Container, 'createdAtMs' | 'metadata'>,
  b: Pick<Sandbox | Container, 'createdAtMs' | 'metadata'>,
): number {
  return b.createdAtMs - a.createdAtMs || b.metadata.attempt - a.metadata.attempt
}

/** The newest instance of a container. */
export function newestOf(observed: ObservedPod, name: string): ObservedContainer | undefined {
  return observed.containers.find((container) => container.name === name)
}

/** The instances of a container, newest first. */
export function instancesOf(observed: ObservedPod, name: string): readonly ObservedContainer[] {
  return observed.containers.filter((container) => container.name === name)
}

export function isRunning(container: ObservedContainer | undefined): boolean {
  return container?.state === 'running'
}

/** Whether a container or sandbox may still do something, as far as is known; undefined for an unknown one. */
export function livenessOf(
  { containers, sandboxes }: ObservedPod,
  id: string,
): 'alive' | 'over' | undefined {
  const container = containers.find((each) => each.id === id)
  if (container) return container.state === 'exited' ? 'over' : 'alive'
  const sandbox = sandboxes.find((each) => each.id === id)
  return sandbox && (sandbox.state === 'ready' ? 'alive' : 'over')
}

export function withoutContainer(observed: ObservedPod, id: string): ObservedPod {
  return { ...observed, containers: observed.containers.filter((each) => each.id !== id) }
}

/**
 * What a status shows already: probes leave a container alone until its pod is told to have it, and
 * with it the address to ask (upstream: the prober's worker looks at the status manager only).
 */
export function reportedIn(status: PodStatus, observed: ObservedPod): ObservedPod {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  const reported = new Set(all.map(({ containerID = '' }) => containerID.replace(/^.*:\/\//, '')))
  return { ...observed, containers: observed.containers.filter(({ id }) => reported.has(id)) }
}
