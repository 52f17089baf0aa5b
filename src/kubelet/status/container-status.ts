import type { ContainerState, ContainerStatus, Pod } from '#api'
import { formatTime, type Stored } from '#machinery'
import { type AnyContainer, initContainersOf, isRestartable } from '../model/containers.ts'
import { instancesOf, type ObservedContainer, type ObservedPod } from '../model/observed.ts'
import { mountStatuses } from '../volumes/read-only.ts'
import { containerResources } from './container-resources.ts'

/** Why the last try to start a container failed: what `state.waiting` shows. */
export interface WaitingReason {
  readonly reason: string
  readonly message: string
}

export interface ContainerFacts {
  readonly pod: Stored<Pod>
  readonly observed: ObservedPod
  /** The status the API has, to carry over what the runtime has lost. */
  readonly previous: ContainerStatus | undefined
  readonly waiting: WaitingReason | undefined
  /** Whether the container is to be started (again), so that a waiting reason applies. */
  readonly shouldStart: boolean
  readonly terminationMessage: (container: ObservedContainer) => string
  /** Whether the runtime can mount read-only what is mounted below a volume as well. */
  readonly recursiveReadOnlyMounts: boolean
}

/** The API status of one container, without `ready` and `started`, which probes decide. */
export function containerStatusOf(container: AnyContainer, facts: ContainerFacts): ContainerStatus {
  const instances = instancesOf(facts.observed, container.name)
  const status =
    instances.length === 0
      ? unobserved(container, facts)
      : fromInstances(container, instances, facts)
  if (!facts.waiting || !facts.shouldStart || status.state?.running) return status
  // A container that waits to be started again shows why; how it ended moves to lastState.
  const lastState = status.state?.terminated
    ? { terminated: status.state.terminated }
    : status.lastState
  return { ...status, state: { waiting: facts.waiting }, lastState: lastState ?? {} }
}

function fromInstances(
  container: AnyContainer,
  instances: readonly ObservedContainer[],
  facts: ContainerFacts,
): ContainerStatus {
  const { terminationMessage, previous } = facts
  const [newest, before] = instances as [ObservedContainer, ...ObservedContainer[]]
  const ended = newest.state === 'exited' ? newest : undefined
  const lastEnded = before?.state === 'exited' ? before : undefined
  return {
    name: container.name,
    state: stateOf(newest, ended && terminationMessage(ended)),
    lastState: lastEnded
      ? { terminated: terminatedState(lastEnded, terminationMessage(lastEnded)) }
      : {},
    ready: false,
    restartCount: newest.restartCount,
    image: newest.image.userSpecified || newest.image.ref,
    imageID: newest.imageRef,
    containerID: `containerd://${newest.id}`,
    ...containerResources(container, newest, previous),
    ...mountsOf(container, facts),
    ...userOf(newest),
  }
}

/** How a volume is mounted does not change any more. */
function mountsOf(
  container: AnyContainer,
  { previous, recursiveReadOnlyMounts }: ContainerFacts,
): Pick<ContainerStatus, 'volumeMounts'> {
  const volumeMounts = previous?.volumeMounts ?? mountStatuses(container, recursiveReadOnlyMounts)
  return volumeMounts.length > 0 ? { volumeMounts } : {}
}

/** Whom the first process runs as, where the runtime tells it. */
function userOf({ user }: ObservedContainer): Pick<ContainerStatus, 'user'> {
  if (!user) return {}
  const { uid, gid, supplementalGroups } = user
  return {
    user: { linux: { uid, gid, ...(supplementalGroups.length > 0 && { supplementalGroups }) } },
  }
}

function stateOf(container: ObservedContainer, message: string | undefined): ContainerState {
  switch (container.state) {
    case 'running':
      return { running: { startedAt: formatTime(container.startedAtMs ?? container.createdAtMs) } }
    case 'exited':
      return { terminated: terminatedState(container, message ?? '') }
    case 'unknown':
      return {
        terminated: {
          exitCode: 137,
          reason: 'ContainerStatusUnknown',
          message: 'The container could not be located when the pod was terminated',
          containerID: `containerd://${container.id}`,
        },
      }
    case 'created':
      return { waiting: {} }
  }
}

function terminatedState(container: ObservedContainer, message: string) {
  const text = [container.message, message].filter((part) => part !== '').join(': ')
  return {
    exitCode: container.exitCode,
    reason: container.reason || (container.exitCode === 0 ? 'Completed' : 'Error'),
    ...(text === '' ? {} : { message: text }),
    startedAt: formatTime(container.startedAtMs || container.createdAtMs),
    finishedAt: formatTime(container.finishedAtMs ?? container.createdAtMs),
    containerID: `containerd://${container.id}`,
  }
}

/** The runtime has no record: never started, or lost. */
function unobserved(container: AnyContainer, facts: ContainerFacts): ContainerStatus {
  const { pod, previous } = facts
  const waiting = {
    reason: initContainersOf(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating',
  }
  const fresh: ContainerStatus = {
    name: container.name,
    state: { waiting },
    lastState: {},
    ready: false,
    restartCount: previous?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: '',
    started: false,
    ...mountsOf(container, facts),
  }
  if (!previous) return fresh
  if (previous.state?.terminated) return { ...previous, ready: false }
  if (!previous.state?.running) {
    return { ...fresh, lastState: previous.lastState ?? {} }
  }
  if (wasInitialized(container, facts)) {
    return { ...previous, ready: true, state: { terminated: lostInitContainer } }
  }
  return lost(fresh, previous, facts)
}

const lostInitContainer = {
  exitCode: 0,
  reason: 'Completed',
  message:
    'Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally',
}

/** A regular init container whose record is gone although later containers exist has done its work. */
function wasInitialized(container: AnyContainer, { pod, observed }: ContainerFacts): boolean {
  const isInit = initContainersOf(pod).includes(container as never) && !isRestartable(container)
  const main = new Set(pod.spec?.containers?.map(({ name }) => name))
  return isInit && observed.containers.some(({ name }) => main.has(name))
}

function lost(
  fresh: ContainerStatus,
  previous: ContainerStatus,
  { pod }: ContainerFacts,
): ContainerStatus {
  const leaving = pod.metadata.deletionTimestamp !== undefined
  const terminated = {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    // Upstream's text has these two spaces.
    message:
      'The container could not be located when the pod was deleted.  The container used to be Running',
    ...(previous.containerID ? { containerID: previous.containerID } : {}),
  }
  return {
    ...fresh,
    lastState: { terminated },
    restartCount: (previous.restartCount ?? 0) + (leaving ? 0 : 1),
  }
}
