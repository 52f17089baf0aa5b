import type { ContainerStateTerminated, ContainerStatus, Event, Pod } from '#api'
import { formatDuration, formatTime, parseDuration, parseTime, type Stored } from '#machinery'
import { warningBlocker, warningsAbout } from './events.ts'
import type { Blocker, Present } from './present.ts'

/** The states in which a container waits for its turn and nothing is wrong with it. */
const startingReasons: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing'])

/** Warnings of a kubelet that say why a container does not start or is not ready. */
const containerReasons = ['Unhealthy', 'FailedPostStartHook', 'FailedPreStopHook']

/** Tells which containers of a pod hold it up: by a failed start, an exit, a pull, a hook or a probe. */
export function containerBlockers(pod: Stored<Pod>, present: Present): readonly Blocker[] {
  const { status } = pod
  const warnings = warningsAbout(present, pod, containerReasons)
  const initial = (status?.initContainerStatuses ?? [])
    .filter((each) => !isInitialised(each, pod))
    .flatMap((each) => blockersOf('init container', each, { pod, present, warnings }))
  // The main containers wait for these; that they wait is no news.
  if (initial.length > 0) return initial
  return (status?.containerStatuses ?? []).flatMap((each) =>
    blockersOf('container', each, { pod, present, warnings }),
  )
}

function isInitialised({ name, state, started, ready }: ContainerStatus, { spec }: Pod): boolean {
  const isSidecar = spec?.initContainers?.find((each) => each.name === name)?.restartPolicy
  return isSidecar ? started === true && ready === true : state?.terminated?.exitCode === 0
}

interface Surroundings {
  readonly pod: Stored<Pod>
  readonly present: Present
  readonly warnings: readonly Stored<Event>[]
}

function blockersOf(
  what: string,
  status: ContainerStatus,
  around: Surroundings,
): readonly Blocker[] {
  const { name, state, ready, lastState } = status
  const named = `${what} ${name}`
  const { waiting, running, terminated } = state ?? {}
  if (waiting) return waitingBlocker(named, status, around)
  if (terminated) {
    if (terminated.exitCode === 0) return []
    const lines = wordsOf(name, false, terminated, around)
    return [{ text: `${named} ${exitText(terminated)}`, ...timeOf(terminated), behind: lines }]
  }
  if (!running || ready) return []
  const warned = around.warnings
    .filter((event) => isOf(event, name))
    .map((each) => warningBlocker(each, around.present))
  const before = lastState?.terminated
  const restarted = before
    ? [
        {
          text: `it ${exitText(before)} before, and was restarted ${status.restartCount} times`,
          ...timeOf(before),
          behind: wordsOf(name, true, before, around),
        },
      ]
    : []
  const why = warned.length > 0 ? '' : probeText(name, status, around.pod)
  return [{ text: `${named} runs and is not ready${why}`, behind: [...warned, ...restarted] }]
}

function waitingBlocker(
  named: string,
  { name, state, lastState, restartCount }: ContainerStatus,
  around: Surroundings,
): readonly Blocker[] {
  const { reason = '', message } = state?.waiting ?? {}
  const ended = lastState?.terminated
  if (startingReasons.has(reason) && !ended) return []
  const hooks = around.warnings
    .filter((event) => isOf(event, name) && event.reason?.endsWith('Hook'))
    .map((each) => warningBlocker(each, around.present))
  if (!ended) {
    return [{ text: `${named}: ${reason}${message ? `: ${message}` : ''}`, behind: hooks }]
  }
  const again = reason === 'CrashLoopBackOff' ? restartText(ended, message, around.present) : ''
  const other = message && again === '' ? `: ${message}` : ''
  const text = `${named}: ${reason}${other}: it ${exitText(ended)}, ${restartCount} restarts${again}`
  return [{ text, ...timeOf(ended), behind: [...hooks, ...wordsOf(name, true, ended, around)] }]
}

/** Tells how a container ended: `exited with code 137 (OOMKilled)`. */
function exitText({ exitCode, signal, reason }: ContainerStateTerminated): string {
  const usual = reason === undefined || reason === 'Error' || reason === 'Completed'
  const because = usual ? '' : ` (${reason})`
  const number = signal ?? (exitCode > 128 && exitCode < 160 ? exitCode - 128 : undefined)
  return `exited with code ${exitCode}${number ? `, by signal ${number}` : ''}${because}`
}

/** Tells when a container that backs off starts again; the kubelet gives the delay in its message. */
function restartText(
  { finishedAt }: ContainerStateTerminated,
  message: string | undefined,
  { nowMs }: Present,
): string {
  const [, delay] = /back-off (\S+) restarting/.exec(message ?? '') ?? []
  const endMs = parseTime(finishedAt ?? '')
  if (delay === undefined || endMs === undefined) return ''
  const atMs = endMs + parseDuration(delay)
  const leftMs = atMs - nowMs
  if (leftMs <= 0) return `; starts again at once (back-off ${delay})`
  const left = formatDuration(Math.ceil(leftMs / 1000) * 1000)
  return `; starts again at ${formatTime(atMs)}, in ${left} (back-off ${delay})`
}

/** What a container said in the end: its termination message, or the last lines of its log. */
function wordsOf(
  container: string,
  previous: boolean,
  { message }: ContainerStateTerminated,
  { pod, present }: Surroundings,
): readonly Blocker[] {
  const { name, namespace = '' } = pod.metadata
  const logged = present.lastLines?.({ namespace, pod: name, container, previous }) ?? []
  const lines = message ? message.trimEnd().split('\n').slice(-3) : logged
  return lines.map((line) => ({ text: `it wrote: ${line}` }))
}

function timeOf({ finishedAt }: ContainerStateTerminated): { readonly wallMs?: number } {
  const wallMs = parseTime(finishedAt ?? '')
  return wallMs === undefined ? {} : { wallMs }
}

function isOf({ involvedObject }: Event, container: string): boolean {
  return involvedObject?.fieldPath?.endsWith(`{${container}}`) ?? false
}

/** Names the probe that has not succeeded yet, where no warning tells of a failure. */
function probeText(name: string, { started }: ContainerStatus, { spec }: Pod): string {
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  const own = all.find((each) => each.name === name)
  if (own?.startupProbe && started !== true) return ': its startup probe has not succeeded yet'
  return own?.readinessProbe ? ': its readiness probe has not succeeded yet' : ''
}
