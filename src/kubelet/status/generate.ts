import {
  type ContainerStatus,
  neverProbed,
  type Pod,
  type PodCondition,
  type PodStatus,
} from '#api'
import { formatTime, type Stored } from '#machinery'
import {
  type AnyContainer,
  containersOf,
  ephemeralContainersOf,
  initContainersOf,
  isRestartable,
  shouldRestart,
} from '../model/containers.ts'
import { newestOf, type ObservedContainer, type ObservedPod } from '../model/observed.ts'
import type { ResizeConditions } from '../resize/resize-state.ts'
import { type ConditionVerdict, containersReady, initialized, podReady } from './conditions.ts'
import { containerStatusOf, type WaitingReason } from './container-status.ts'
import {
  disruptedByKubelet,
  disruptionTarget,
  ownDisruption,
  withDisruption,
} from './disruption.ts'
import { type PodPhase, phaseOf } from './phase.ts'
import { podResources } from './pod-resources.ts'
import { type Settled, settle } from './settle.ts'

/** Everything that a pod's status is derived from. */
export interface StatusFacts {
  readonly pod: Stored<Pod>
  readonly observed: ObservedPod
  /** The last status that the kubelet decided on; the API's before there was one. */
  readonly previous: PodStatus
  readonly waiting: ReadonlyMap<string, WaitingReason>
  readonly probes: ProbeVerdicts
  readonly terminationMessage: (container: ObservedContainer) => string
  /** The kubelet has stopped all containers for good. */
  readonly isTerminal: boolean
  /** Set when the pod itself asks to be ended, by its deadline (upstream: ShouldEvict). */
  readonly evicted?: PodFailure
  /** Set when the kubelet ends the pod: said over all that is found (upstream: PodStatusFunc). */
  readonly killed?: KilledStatus
  /** What is told of a change of its resources. */
  readonly resize: ResizeConditions
  readonly hostIps: readonly string[]
  /** Whether the runtime can mount read-only what is mounted below a volume as well. */
  readonly recursiveReadOnlyMounts: boolean
  readonly nowMs: number
}

/** Why a pod has failed. */
export interface PodFailure {
  readonly reason: string
  readonly message: string
}

/** Why the kubelet ends a pod. */
interface KilledStatus extends PodFailure {
  /** The pod ends for the node's sake: it gets a DisruptionTarget condition. */
  readonly isDisruption?: boolean
}

/** What probes say of one running container. */
export interface ProbeVerdicts {
  isStarted(container: AnyContainer, id: string): boolean
  isReady(container: AnyContainer, id: string): boolean
}

const ownedConditions = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'PodResizePending',
  'PodResizeInProgress',
] as const

/** The pod's status as the kubelet sees it now. Pure. */
export function generateStatus(facts: StatusFacts): PodStatus {
  const { pod, previous, evicted } = facts
  const { init, regular } = ofStage(facts)
  const ephemeral = statusesOf(
    ephemeralContainersOf(pod),
    facts,
    previous.ephemeralContainerStatuses,
  )
  const all = [...init, ...regular]
  const found = phaseOf(pod, all, facts.isTerminal)
  const own = stickyPhase(facts.isTerminal ? ended(found) : found, previous)
  // The API never shows another end than the first.
  const phase = stickyPhase(evicted ? 'Failed' : own, pod.status ?? {})
  const kept = phase === previous.phase ? previous : {}
  const { reason, message } = evicted ?? kept
  const generation = pod.metadata.generation
  return withKill(facts, {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    conditions: conditionsOf(facts, all, phase),
    ...(message ? { message } : {}),
    ...(reason ? { reason } : {}),
    ...addresses(facts),
    startTime: previous.startTime ?? formatTime(facts.nowMs),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: regular.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    ...(previous.qosClass ? { qosClass: previous.qosClass } : {}),
    ...podResources(pod, phase),
    ...(previous.resourceClaimStatuses
      ? { resourceClaimStatuses: previous.resourceClaimStatuses }
      : {}),
    ...(previous.extendedResourceClaimStatus
      ? { extendedResourceClaimStatus: previous.extendedResourceClaimStatus }
      : {}),
  })
}

/**
 * The status of a pod that the kubelet ends, while it ends: the conditions stay those of what runs.
 * The last status goes on from there.
 */
function withKill(facts: StatusFacts, status: PodStatus): PodStatus {
  const { killed, isTerminal, previous } = facts
  if (!killed || isTerminal) return status
  const { reason, message, isDisruption } = killed
  const failed = {
    ...status,
    phase: stickyPhase('Failed', facts.pod.status ?? {}),
    reason,
    message,
  }
  if (!isDisruption) return failed
  const condition = timed(disruption(message), previous, facts)
  return { ...failed, conditions: withDisruption(status.conditions ?? [], condition) }
}

/** A pod whose containers are stopped for good has ended, also when none of them ever ran. */
function ended(phase: PodPhase): PodPhase {
  return phase === 'Succeeded' ? phase : 'Failed'
}

/** Once ended, a pod stays ended. */
function stickyPhase(phase: PodPhase, { phase: before }: PodStatus): PodPhase {
  return before === 'Succeeded' || before === 'Failed' ? before : phase
}

function ofStage(facts: StatusFacts): Settled {
  const { pod, previous, isTerminal } = facts
  const found = {
    init: statusesOf(initContainersOf(pod), facts, previous.initContainerStatuses),
    regular: statusesOf(containersOf(pod), facts, previous.containerStatuses),
  }
  return isTerminal ? settle(found) : found
}

function statusesOf(
  containers: readonly AnyContainer[],
  facts: StatusFacts,
  previous: readonly ContainerStatus[] | undefined,
): readonly ContainerStatus[] {
  return containers.map((container) => {
    const status = containerStatusOf(container, {
      pod: facts.pod,
      observed: facts.observed,
      previous: previous?.find(({ name }) => name === container.name),
      waiting: facts.waiting.get(container.name),
      shouldStart: shouldStart(container, facts),
      terminationMessage: facts.terminationMessage,
      recursiveReadOnlyMounts: facts.recursiveReadOnlyMounts,
    })
    return withProbes(container, status, facts)
  })
}

/** Upstream: ShouldContainerBeRestarted. */
function shouldStart(container: AnyContainer, { pod, observed }: StatusFacts): boolean {
  if (pod.metadata.deletionTimestamp) return false
  const newest = newestOf(observed, container.name)
  if (!newest || newest.state === 'unknown' || newest.state === 'created') return true
  return newest.state === 'exited' && shouldRestart(pod, container, newest)
}

function withProbes(
  container: AnyContainer,
  status: ContainerStatus,
  { pod, observed, probes }: StatusFacts,
): ContainerStatus {
  const newest = newestOf(observed, container.name)
  // Nobody waits for an ephemeral container to be ready (upstream: prober's UpdatePodStatus).
  if (ephemeralContainersOf(pod).some(({ name }) => name === container.name)) {
    const { started: _, ...rest } = status
    return { ...rest, ready: false }
  }
  const running = status.state?.running !== undefined && newest !== undefined
  const isInit = initContainersOf(pod).includes(container as never) && !isRestartable(container)
  const started = running && probes.isStarted(container, newest.id)
  if (isInit) {
    const done = status.state?.terminated?.exitCode === 0
    return { ...status, ready: done, started }
  }
  return { ...status, ready: started && probes.isReady(container, newest.id), started }
}

function conditionsOf(
  facts: StatusFacts,
  statuses: readonly ContainerStatus[],
  phase: PodPhase,
): readonly PodCondition[] {
  const { pod, previous } = facts
  const ready = containersReady(pod, statuses, phase)
  const verdicts: readonly ConditionVerdict[] = [
    { type: 'PodReadyToStartContainers', status: hasSandbox(facts) ? 'True' : 'False' },
    initialized(pod, statuses, phase),
    podReady(pod, ready),
    ready,
    { type: 'PodScheduled', status: 'True' },
    ...resizeVerdicts(facts.resize),
  ]
  const foreign = (pod.status?.conditions ?? []).filter(
    ({ type }) => !(ownedConditions as readonly string[]).includes(type),
  )
  const own = verdicts.map((verdict) => timed(verdict, previous, facts))
  const held = ownDisruption(previous.conditions)
  return [...(held ? withDisruption(foreign, held) : foreign), ...own]
}

function resizeVerdicts({ pending, inProgress }: ResizeConditions): readonly ConditionVerdict[] {
  return [
    ...(pending
      ? [
          {
            type: 'PodResizePending',
            status: 'True',
            reason: pending.reason,
            message: pending.message,
          },
        ]
      : []),
    ...(inProgress ? [{ type: 'PodResizeInProgress', status: 'True', ...inProgress }] : []),
  ]
}

function disruption(message: string): ConditionVerdict {
  return { type: disruptionTarget, status: 'True', reason: disruptedByKubelet, message }
}

/** A sandbox with an address, or on the node's network (upstream: GeneratePodReadyToStartContainersCondition). */
function hasSandbox({ pod, observed }: StatusFacts): boolean {
  const [sandbox] = observed.sandboxes
  if (sandbox?.state !== 'ready') return false
  return pod.spec?.hostNetwork === true || sandbox.ips.length > 0
}

function timed(
  verdict: ConditionVerdict,
  previous: PodStatus,
  { pod, nowMs }: StatusFacts,
): PodCondition {
  const held = previous.conditions?.find(({ type }) => type === verdict.type)
  const lastTransitionTime =
    held?.status === verdict.status ? held.lastTransitionTime : formatTime(nowMs)
  const generation = pod.metadata.generation
  return {
    type: verdict.type,
    ...neverProbed,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    status: verdict.status,
    lastTransitionTime: lastTransitionTime ?? formatTime(nowMs),
    ...(verdict.reason ? { reason: verdict.reason } : {}),
    ...(verdict.message ? { message: verdict.message } : {}),
  }
}

/** One address of each family, that of the node's own first (upstream: sortPodIPs). */
function inNodeOrder(
  ips: readonly string[] = [],
  [nodeIp = '']: readonly string[],
): readonly string[] {
  const isFirstV6 = nodeIp.includes(':')
  const first = ips.find((ip) => ip.includes(':') === isFirstV6)
  const second = ips.find((ip) => ip.includes(':') !== isFirstV6)
  return [first, second].filter((ip) => ip !== undefined)
}

function addresses({ pod, observed, previous, hostIps }: StatusFacts): Partial<PodStatus> {
  const host = hostIps[0] ? { hostIP: hostIps[0], hostIPs: hostIps.map((ip) => ({ ip })) } : {}
  const own = pod.spec?.hostNetwork ? hostIps : inNodeOrder(observed.sandboxes[0]?.ips, hostIps)
  if (own[0]) return { ...host, podIP: own[0], podIPs: own.map((ip) => ({ ip })) }
  // A stopped sandbox has no address any more; the pod keeps the one it had.
  const { podIP, podIPs } = previous
  return { ...host, ...(podIP ? { podIP } : {}), ...(podIPs ? { podIPs } : {}) }
}
