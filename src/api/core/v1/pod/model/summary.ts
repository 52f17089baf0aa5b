import { derived } from '#lib'
import { hasCondition, type Stored } from '#machinery'
import type {
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
} from '../../../../generated/types/index.ts'
import { isPodReady, isPodTerminal } from './conditions.ts'
import { isSidecar, sidecarsOf } from './containers.ts'

/** A pod in one line, as `kubectl get pods` shows it. */
export interface PodSummary {
  readonly reason: string
  readonly ready: number
  readonly total: number
  readonly restarts: number
  /** When a counted container last ended before a restart; RFC 3339. */
  readonly lastRestart?: string
}

/** Sums up containers into one status word and counts (upstream: `printPod`). */
export function summarizePod(pod: Stored<Pod>): PodSummary {
  return summaryOf(pod)
}

/** Several columns of one row ask. */
const summaryOf = derived(summarize)

function summarize(pod: Stored<Pod>): PodSummary {
  const init = summarizeInit(pod)
  const initialized = !init.blockedBy || hasCondition(pod.status?.conditions, 'Initialized')
  const main = initialized ? summarizeMain(pod, init.blockedBy ?? baseReason(pod)) : undefined
  const counted = main ? [...init.sidecars, ...(pod.status?.containerStatuses ?? [])] : init.seen
  const lastRestart = latest(counted)
  return {
    reason: leavingReason(pod) ?? main?.reason ?? init.blockedBy ?? baseReason(pod),
    ready: init.ready + (main?.ready ?? 0),
    total: (pod.spec?.containers.length ?? 0) + sidecarsOf(pod.spec).length,
    restarts: counted.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0),
    ...(lastRestart !== undefined && { lastRestart }),
  }
}

function baseReason({ status }: Pod): string {
  const gated = status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  )
  return gated ? 'SchedulingGated' : status?.reason || (status?.phase ?? '')
}

function leavingReason({ metadata, status }: Stored<Pod>): string | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined
  if (status?.reason === 'NodeLost') return 'Unknown'
  return isPodTerminal({ ...(status && { status }) }) ? undefined : 'Terminating'
}

interface InitSummary {
  /** What the first init container that holds up the pod is doing. */
  readonly blockedBy?: string
  readonly ready: number
  /** Statuses up to and with that one, and the sidecars' among them. */
  readonly seen: readonly ContainerStatus[]
  readonly sidecars: readonly ContainerStatus[]
}

function summarizeInit({ spec, status }: Pod): InitSummary {
  const specs = new Map((spec?.initContainers ?? []).map((each) => [each.name, each]))
  const runsOn = ({ name }: ContainerStatus) => isSidecar(specs.get(name) ?? {})
  const all = status?.initContainerStatuses ?? []
  const isDone = (each: ContainerStatus) =>
    each.state?.terminated?.exitCode === 0 || (runsOn(each) && each.started === true)
  const blocking = all.findIndex((each) => !isDone(each))
  const seen = blocking < 0 ? all : all.slice(0, blocking + 1)
  const sidecars = seen.filter(runsOn)
  const ready = sidecars.filter(
    (each) => each.started && each.ready && each.state?.terminated?.exitCode !== 0,
  ).length
  const blocker = all[blocking]
  if (!blocker) return { ready, seen, sidecars }
  return {
    blockedBy: `Init:${initReason(blocker, blocking, specs.size)}`,
    ready,
    seen,
    sidecars,
  }
}

function initReason({ state }: ContainerStatus, index: number, count: number): string {
  if (state?.terminated) return terminatedReason(state.terminated)
  const waiting = state?.waiting?.reason
  return waiting && waiting !== 'PodInitializing' ? waiting : `${index}/${count}`
}

/** Goes from the last container to the first, so that the first one not plainly running wins. */
function summarizeMain(pod: Pod, initial: string): { reason: string; ready: number } {
  let reason = initial
  let ready = 0
  for (const { state, ready: isReady } of (pod.status?.containerStatuses ?? []).toReversed()) {
    if (state?.waiting?.reason) reason = state.waiting.reason
    else if (state?.terminated) reason = terminatedReason(state.terminated)
    else if (isReady && state?.running) ready++
  }
  if (reason !== 'Completed' || ready === 0) return { reason, ready }
  return { reason: isPodReady(pod) ? 'Running' : 'NotReady', ready }
}

function terminatedReason({ reason, signal, exitCode }: ContainerStateTerminated): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)
}

function latest(statuses: readonly ContainerStatus[]): string | undefined {
  return statuses
    .flatMap(({ lastState }) => lastState?.terminated?.finishedAt ?? [])
    .reduce<string | undefined>((last, time) => (last && last > time ? last : time), undefined)
}
