import type { Pod, Probe } from '#api'
import { createFlag } from '#lib'
import type { Stored } from '#machinery'
import { type AnyContainer, fieldPathOf, podRestartPolicy } from '../model/containers.ts'
import { newestOf, type ObservedContainer, type ObservedPod } from '../model/observed.ts'
import type { KubeletWorld } from '../model/world.ts'
import { attemptProbe, type Finding } from './prober.ts'
import type { ProbeResult, ProbeResults, ProbeType } from './results.ts'

export interface ProbeWorkerOptions {
  readonly type: ProbeType
  readonly probe: Probe
  readonly container: AnyContainer
  readonly world: KubeletWorld
  readonly results: ProbeResults
  /** The pod and its containers as the kubelet last saw them. */
  readonly current: () => { readonly pod: Stored<Pod>; readonly observed: ObservedPod } | undefined
  /** Milliseconds since the kubelet started: young kubelets spread their first probes. */
  readonly uptimeMs: () => number
}

export interface ProbeWorker {
  run(signal: AbortSignal): Promise<void>
  /**
   * Probes now instead of at the next tick, or once more when a probe is under way; only readiness
   * of a container that has started and is not ready asks for it (upstream: manualTriggerCh).
   */
  trigger(): void
}

const initialResults: Readonly<Record<ProbeType, ProbeResult>> = {
  readiness: 'failure',
  liveness: 'success',
  startup: 'unknown',
}

/** Tries of one attempt when the prober itself fails (upstream: maxProbeRetries). */
const attempts = 3

interface State {
  containerId: string
  last: ProbeResult | undefined
  run: number
  onHold: boolean
}

/**
 * One probe of one container (upstream: prober.worker; rules in the fact sheet's order): ticks are
 * anchored at the worker's own start, not at the container's.
 */
export function createProbeWorker(options: ProbeWorkerOptions): ProbeWorker {
  const { world, probe } = options
  const state: State = { containerId: '', last: undefined, run: 0, onHold: false }
  const triggered = createFlag()
  return {
    trigger: triggered.raise,
    async run(signal) {
      const { clock } = world
      const periodMs = (probe.periodSeconds ?? 10) * 1000
      if (options.uptimeMs() < periodMs) await clock.sleep(world.random.next() * periodMs, signal)
      let nextMs = clock.monotonicMs()
      while (!signal.aborted) {
        await clock.turn()
        if (!(await tick(state, options, signal))) return
        const nowMs = clock.monotonicMs()
        // Ticks that a slow probe has missed are dropped, as Go's ticker does.
        nextMs += Math.max(1, Math.ceil((nowMs - nextMs) / periodMs)) * periodMs
        await triggered.raised(clock, nextMs - nowMs, signal)
        triggered.clear()
        // After a trigger the period counts from there.
        nextMs = Math.min(nextMs, clock.monotonicMs())
      }
    },
  }
}

/** One look; false when there is nothing left to probe, ever. */
async function tick(
  state: State,
  options: ProbeWorkerOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { type, container, results } = options
  const current = options.current()
  if (!current) return true
  const { pod, observed } = current
  const { phase } = pod.status ?? {}
  if (phase === 'Failed' || phase === 'Succeeded') return false
  const newest = newestOf(observed, container.name)
  if (!newest) return true
  const about = `${type} probe of ${container.name}`
  if (state.containerId !== newest.id) {
    if (state.containerId !== '') results.forget(state.containerId)
    Object.assign(state, { containerId: newest.id, last: undefined, run: 0, onHold: false })
    results.set(
      { type, containerId: newest.id, podUid: pod.metadata.uid },
      initialResults[type],
      `${about} has not run yet`,
    )
  }
  if (state.onHold) return true
  const judged = judgeWithoutProbing(options, pod, newest)
  if (judged) {
    if (judged.result) {
      const what = `${type} probe of ${container.name} does not run: the container is ${newest.state}`
      results.set({ type, containerId: newest.id, podUid: pod.metadata.uid }, judged.result, what)
    }
    return judged.goOn
  }
  record(state, await attemptWithRetry(options, pod, newest.id, signal), options, pod)
  return true
}

/** Undefined when the container has to be probed now; else what is known without it. */
function judgeWithoutProbing(
  { type, probe, container, results, world }: ProbeWorkerOptions,
  pod: Stored<Pod>,
  newest: ObservedContainer,
): { readonly result?: ProbeResult; readonly goOn: boolean } | undefined {
  if (newest.state !== 'running') {
    const over = newest.state === 'exited' && podRestartPolicy(pod) === 'Never'
    return { result: 'failure', goOn: !over }
  }
  if (pod.metadata.deletionTimestamp && type !== 'readiness')
    return { result: 'success', goOn: false }
  const runningMs = world.clock.wallMs() - (newest.startedAtMs ?? 0)
  if (Math.floor(runningMs / 1000) < (probe.initialDelaySeconds ?? 0)) return { goOn: true }
  return mustWait(type, container, results.get('startup', newest.id)) ? { goOn: true } : undefined
}

/** Startup probes end with the first success; the others begin after it. */
function mustWait(
  type: ProbeType,
  container: AnyContainer,
  startup: ProbeResult | undefined,
): boolean {
  const hasStartup = 'startupProbe' in container && container.startupProbe !== undefined
  const started = !hasStartup || startup === 'success'
  return type === 'startup' ? started : !started
}

async function attemptWithRetry(
  { probe, container, world, type }: ProbeWorkerOptions,
  pod: Stored<Pod>,
  containerId: string,
  signal: AbortSignal,
): Promise<Finding> {
  const podIp = (pod.spec?.hostNetwork ? world.config.nodeIps[0] : pod.status?.podIP) ?? ''
  const target = { pod, container, containerId, podIp }
  let finding: Finding = { kind: 'error', message: 'not tried' }
  for (let attempt = 0; attempt < attempts; attempt++) {
    finding = await attemptProbe(probe, target, world, signal)
    if (finding.kind !== 'error') break
  }
  recordFinding(finding, type, { pod, container, world })
  return finding
}

interface ProbedContainer {
  readonly pod: Stored<Pod>
  readonly container: AnyContainer
  readonly world: KubeletWorld
}

/** What upstream's metrics call a finding. */
const countedAs: Readonly<Record<Finding['kind'], string>> = {
  success: 'successful',
  warning: 'successful',
  failure: 'failed',
  error: 'unknown',
}

function recordFinding(
  finding: Finding,
  type: ProbeType,
  { pod, container, world }: ProbedContainer,
): void {
  const name = `${type.charAt(0).toUpperCase()}${type.slice(1)}`
  const fieldPath = fieldPathOf(pod, container.name)
  const { name: podName, namespace = '', uid: podUid } = pod.metadata
  world.metrics?.probed({
    ...{ probeType: name, result: countedAs[finding.kind], container: container.name },
    ...{ pod: podName, namespace, podUid },
  })
  const warn = (reason: string, message: string) =>
    world.events.event(pod, { type: 'Warning', reason, message, fieldPath })
  if (finding.kind === 'error') {
    warn('Unhealthy', `${name} probe errored and resulted in unknown state: ${finding.message}`)
  } else if (finding.kind === 'failure') {
    warn('Unhealthy', `${name} probe failed: ${finding.output}`)
  } else if (finding.kind === 'warning') {
    warn('ProbeWarning', `${name} probe warning: ${finding.output}`)
  }
}

/** Counts runs of equal results; at the threshold the result is published. */
function record(
  state: State,
  finding: Finding,
  options: ProbeWorkerOptions,
  pod: Stored<Pod>,
): void {
  if (finding.kind === 'error') return
  const { type, probe, results } = options
  const result: ProbeResult = finding.kind === 'failure' ? 'failure' : 'success'
  state.run = state.last === result ? state.run + 1 : 1
  state.last = result
  const threshold =
    result === 'failure' ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1)
  if (state.run < threshold) return
  const said = finding.kind === 'failure' ? `failed: ${finding.output}` : 'succeeded'
  const what = `${type} probe of ${options.container.name} ${said}`
  results.set({ type, containerId: state.containerId, podUid: pod.metadata.uid }, result, what)
  if ((type === 'liveness' && result === 'failure') || type === 'startup') {
    // The container is about to be restarted, or has started: nothing to learn until a new one.
    state.onHold = true
    state.run = 0
  }
}
