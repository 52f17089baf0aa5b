import type { Pod } from '#api'
import type { Stored } from '#machinery'
import {
  type AnyContainer,
  containersOf,
  ephemeralContainersOf,
  initContainersOf,
  isRestartable,
  podRestartPolicy,
  shouldRestart,
} from '../model/containers.ts'
import { containerHash } from '../model/labels.ts'
import {
  instancesOf,
  newestOf,
  type ObservedContainer,
  type ObservedPod,
} from '../model/observed.ts'
import type { ProbeFailures } from '../probes/pod-probes.ts'

/** A container to stop, and what its Killing event says. */
interface Kill {
  readonly container: ObservedContainer
  readonly message: string
  readonly cause: 'liveness' | 'startup' | 'changed' | 'unknown' | 'postStart'
}

/** What to do to bring a pod to its spec, in this order. No choice is left open. */
export interface PodPlan {
  /** Stop everything first: the sandbox is not usable any more. */
  readonly stopAll: boolean
  readonly createSandbox: boolean
  /** Attempt of the new sandbox. */
  readonly attempt: number
  readonly kill: readonly Kill[]
  readonly startEphemeral: readonly AnyContainer[]
  readonly startInit: readonly AnyContainer[]
  readonly start: readonly AnyContainer[]
}

const nothing: PodPlan = Object.freeze({
  stopAll: false,
  createSandbox: false,
  attempt: 0,
  kill: [],
  startEphemeral: [],
  startInit: [],
  start: [],
})

/** Compares spec and runtime (upstream: computePodActions). Pure. */
export function planPod(
  pod: Stored<Pod>,
  observed: ObservedPod,
  probes: ProbeFailures,
  restarts: ResizeRestarts = none,
): PodPlan {
  const [sandbox] = observed.sandboxes
  if (sandbox?.state !== 'ready' || lacksAddress(pod, observed))
    return planNewSandbox(pod, observed)
  const init = planInit(pod, observed, { probes, restarts })
  const startEphemeral = ephemeralContainersOf(pod).filter(({ name }) => !newestOf(observed, name))
  if (!init.done) {
    return { ...nothing, kill: init.kill, startInit: init.start, startEphemeral }
  }
  const regular = planRegular(pod, observed, { probes, restarts })
  const everythingOver = regular.keep === 0 && regular.start.length === 0
  if (everythingOver && init.start.length === 0) {
    return { ...nothing, stopAll: true, kill: regular.kill }
  }
  return {
    ...nothing,
    kill: [...init.kill, ...regular.kill],
    startInit: init.start,
    startEphemeral,
    start: regular.start,
  }
}

/** The ids of containers that are started again to be given other resources. */
type ResizeRestarts = ReadonlySet<string>

const none: ResizeRestarts = new Set()

/** What else than the spec speaks for a restart. */
interface Reasons {
  readonly probes: ProbeFailures
  readonly restarts: ResizeRestarts
}

const forResize = ({ name }: AnyContainer) => `Container ${name} resize requires restart`

/** Whether there is nothing to do, as after what the kubelet itself did. */
export function isAsPlanned(
  pod: Stored<Pod>,
  observed: ObservedPod,
  probes: ProbeFailures,
): boolean {
  const { stopAll, createSandbox, ...lists } = planPod(pod, observed, probes)
  const { kill, startEphemeral, startInit, start } = lists
  if (stopAll || createSandbox) return false
  return [kill, startEphemeral, startInit, start].every(({ length }) => length === 0)
}

function lacksAddress(pod: Pod, { sandboxes }: ObservedPod): boolean {
  return pod.spec?.hostNetwork !== true && (sandboxes[0]?.ips.length ?? 0) === 0
}

/** Without a usable sandbox all containers start anew, unless nothing would be started again. */
function planNewSandbox(pod: Stored<Pod>, observed: ObservedPod): PodPlan {
  const attempt =
    observed.sandboxes.length > 0 ? (observed.sandboxes[0]?.metadata.attempt ?? 0) + 1 : 0
  const start = containersOf(pod).filter((container) => mayStart(pod, container, observed))
  const hasRun = observed.containers.length > 0
  if (hasRun && start.length === 0) return { ...nothing, stopAll: true }
  if (
    podRestartPolicy(pod) === 'Never' &&
    hasRun &&
    initsAreDone(pod, observed) &&
    start.length === 0
  ) {
    return { ...nothing, stopAll: true }
  }
  const inits = initContainersOf(pod)
  // Init containers run again in a new sandbox; those after the first wait for it.
  const startInit = inits.length > 0 ? inits.slice(0, 1) : []
  return {
    ...nothing,
    stopAll: observed.sandboxes.length > 0,
    createSandbox: true,
    attempt,
    startInit,
    start: inits.length > 0 ? [] : start,
  }
}

function initsAreDone(pod: Pod, observed: ObservedPod): boolean {
  return initContainersOf(pod).every((container) => {
    const newest = newestOf(observed, container.name)
    return newest?.state === 'exited' && newest.exitCode === 0
  })
}

function mayStart(pod: Pod, container: AnyContainer, observed: ObservedPod): boolean {
  const newest = newestOf(observed, container.name)
  return newest?.state !== 'exited' || shouldRestart(pod, container, newest)
}

interface InitPlan {
  /** Regular containers may start. */
  readonly done: boolean
  readonly start: readonly AnyContainer[]
  readonly kill: readonly Kill[]
}

/** Init containers run one after the other; sidecars among them stay and let the next one go. */
function planInit(pod: Stored<Pod>, observed: ObservedPod, reasons: Reasons): InitPlan {
  const inits = initContainersOf(pod)
  const regularHasRun = containersOf(pod).some(({ name }) => currentInstance(observed, name))
  const start: AnyContainer[] = []
  const kill: Kill[] = []
  for (const [index, container] of inits.entries()) {
    const newest = currentInstance(observed, container.name)
    const verdict = isRestartable(container)
      ? judgeSidecar(container, newest, reasons)
      : judgeInit(pod, container, newest, regularHasRun || laterHasRun(inits, index, observed))
    if (verdict.kill) kill.push(verdict.kill)
    if (verdict.start) start.push(container)
    if (!verdict.next && !regularHasRun) return { done: false, start, kill }
  }
  return { done: true, start, kill }
}

/** Instances in older sandboxes do not count: a new sandbox starts over. */
function currentInstance(observed: ObservedPod, name: string): ObservedContainer | undefined {
  const sandboxId = observed.sandboxes[0]?.id
  return instancesOf(observed, name).find((container) => container.sandboxId === sandboxId)
}

function laterHasRun(
  inits: readonly AnyContainer[],
  index: number,
  observed: ObservedPod,
): boolean {
  return inits.slice(index + 1).some(({ name }) => currentInstance(observed, name))
}

interface InitVerdict {
  /** The next init container may start. */
  readonly next: boolean
  readonly start?: boolean
  readonly kill?: Kill
}

function judgeInit(
  pod: Pod,
  container: AnyContainer,
  newest: ObservedContainer | undefined,
  isPast: boolean,
): InitVerdict {
  if (isPast && newest?.state !== 'running') return { next: true }
  if (!newest || newest.state === 'created' || newest.state === 'unknown')
    return { next: false, start: true }
  if (newest.state === 'running') return { next: false }
  if (newest.exitCode === 0) return { next: true }
  return { next: false, start: shouldRestart(pod, container, newest) }
}

function judgeSidecar(
  container: AnyContainer,
  newest: ObservedContainer | undefined,
  { probes, restarts }: Reasons,
): InitVerdict {
  if (newest?.state !== 'running') {
    return { next: false, start: true }
  }
  if (newest.hash !== containerHash(container)) {
    const message = `Init container ${container.name} definition changed`
    return { next: true, start: true, kill: { container: newest, message, cause: 'changed' } }
  }
  if (restarts.has(newest.id)) {
    const kill = { container: newest, message: forResize(container), cause: 'changed' } as const
    return { next: true, start: true, kill }
  }
  const failure = probes.failure(newest.id)
  if (failure) {
    const message = `Init container ${container.name} failed ${failure} probe`
    return { next: true, start: true, kill: { container: newest, message, cause: failure } }
  }
  return { next: probes.isStarted(container, newest.id) }
}

interface RegularPlan {
  readonly keep: number
  readonly start: readonly AnyContainer[]
  readonly kill: readonly Kill[]
}

function planRegular(pod: Stored<Pod>, observed: ObservedPod, reasons: Reasons): RegularPlan {
  const start: AnyContainer[] = []
  const kill: Kill[] = []
  let keep = 0
  for (const container of containersOf(pod)) {
    const newest = newestOf(observed, container.name)
    if (newest?.state !== 'running') {
      if (mayStart(pod, container, observed)) start.push(container)
      if (newest?.state === 'unknown') kill.push(unknownState(newest))
      continue
    }
    const reason = reasonToKill(pod, container, newest, reasons)
    if (reason) kill.push({ container: newest, ...reason })
    if (reason?.restart) start.push(container)
    else keep++
  }
  return { keep, start, kill }
}

function unknownState(container: ObservedContainer): Kill {
  const message = `Container is in "unknown" state, try killing it before restart`
  return { container, message, cause: 'unknown' }
}

function reasonToKill(
  pod: Pod,
  container: AnyContainer,
  newest: ObservedContainer,
  { probes, restarts }: Reasons,
):
  | { readonly message: string; readonly cause: Kill['cause']; readonly restart: boolean }
  | undefined {
  // A changed image restarts the container whatever the restart policy says.
  if (newest.hash !== containerHash(container)) {
    const message = `Container ${container.name} definition changed, will be restarted`
    return { message, cause: 'changed', restart: true }
  }
  if (restarts.has(newest.id)) {
    return { message: forResize(container), cause: 'changed', restart: true }
  }
  const failure = probes.failure(newest.id)
  if (!failure) return undefined
  const restart = podRestartPolicy(pod) !== 'Never'
  const message = `Container ${container.name} failed ${failure} probe${restart ? ', will be restarted' : ''}`
  return { message, cause: failure, restart }
}
