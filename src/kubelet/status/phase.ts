import type { ContainerStatus, Pod } from '#api'
import {
  containersOf,
  initContainersOf,
  isRestartable,
  shouldRestart,
} from '../model/containers.ts'

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'

/**
 * The pod's phase from its containers' states (upstream: getPhase). `isTerminal` is set once the kubelet has stopped all containers.
 */
export function phaseOf(
  pod: Pod,
  statuses: readonly ContainerStatus[],
  isTerminal: boolean,
): PodPhase {
  const byName = new Map(statuses.map((status) => [status.name, status]))
  const init = countInits(pod, byName)
  const regular = countRegular(pod, byName)
  if (init.failed > 0) return 'Failed'
  const stillStarting = init.pendingSidecars > 0 && !regular.anyStarted
  const waiting = init.waitingSidecars + regular.waiting
  if (init.pending > 0 || stillStarting || waiting > 0) return 'Pending'
  const running = init.running + regular.running
  if (regular.unknown > 0) return 'Pending'
  if (running > 0) return 'Running'
  if (regular.stopped === 0) return 'Pending'
  if (!isTerminal && restarts(pod, byName)) return 'Running'
  return regular.stopped === regular.succeeded ? 'Succeeded' : 'Failed'
}

interface RegularCounts {
  readonly running: number
  readonly waiting: number
  readonly stopped: number
  readonly succeeded: number
  readonly unknown: number
  readonly anyStarted: boolean
}

type RegularState = 'running' | 'waiting' | 'failed' | 'succeeded' | 'stopped' | 'unknown'

function countRegular(pod: Pod, byName: ReadonlyMap<string, ContainerStatus>): RegularCounts {
  const states = containersOf(pod).map(({ name }) => stateOf(byName.get(name)))
  const of = (...wanted: readonly RegularState[]) =>
    states.filter((state) => wanted.includes(state)).length
  return {
    running: of('running'),
    waiting: of('waiting'),
    stopped: of('failed', 'succeeded', 'stopped'),
    succeeded: of('succeeded'),
    unknown: of('unknown'),
    anyStarted: of('running', 'failed', 'succeeded', 'stopped') > 0,
  }
}

/** `stopped` is a container that waits to be started again. */
function stateOf(status: ContainerStatus | undefined): RegularState {
  const { state, lastState } = status ?? {}
  if (state?.running) return 'running'
  if (state?.terminated) return state.terminated.exitCode === 0 ? 'succeeded' : 'failed'
  if (state?.waiting) return lastState?.terminated ? 'stopped' : 'waiting'
  return 'unknown'
}

function countInits(pod: Pod, byName: ReadonlyMap<string, ContainerStatus>): Tally {
  const tally: Tally = { pending: 0, failed: 0, pendingSidecars: 0, waitingSidecars: 0, running: 0 }
  for (const container of initContainersOf(pod)) {
    const status = byName.get(container.name)
    if (isRestartable(container)) countSidecar(tally, status)
    else countInit(tally, status, pod, container)
  }
  return tally
}

interface Tally {
  pending: number
  failed: number
  pendingSidecars: number
  /** Those that have never run. */
  waitingSidecars: number
  running: number
}

function countInit(
  tally: Tally,
  status: ContainerStatus | undefined,
  pod: Pod,
  container: Parameters<typeof shouldRestart>[1],
): void {
  const ended =
    status?.state?.terminated ?? (status?.state?.waiting && status.lastState?.terminated)
  if (ended && ended.exitCode !== 0) {
    if (!shouldRestart(pod, container, ended)) tally.failed++
    else tally.pending++
    return
  }
  if (!status?.state?.terminated) tally.pending++
}

function countSidecar(tally: Tally, status: ContainerStatus | undefined): void {
  if (status?.state?.running) {
    tally.running++
    if (!status.started) tally.pendingSidecars++
    return
  }
  if (status?.state?.terminated || status?.lastState?.terminated) return
  tally.pendingSidecars++
  if (status?.state?.waiting) tally.waitingSidecars++
}

/** Whether any stopped regular container will be started again. */
function restarts(pod: Pod, byName: ReadonlyMap<string, ContainerStatus>): boolean {
  return containersOf(pod).some((container) => {
    const status = byName.get(container.name)
    const ended = status?.state?.terminated ?? status?.lastState?.terminated
    return ended !== undefined && shouldRestart(pod, container, ended)
  })
}
