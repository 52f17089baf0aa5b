import type { Pod } from '#api'
import { messageOf } from '#lib'
import type { Stored } from '#machinery'
import {
  type AnyContainer,
  containersOf,
  ephemeralContainersOf,
  fieldPathOf,
  initContainersOf,
  isRestartable,
} from '../model/containers.ts'
import type { ObservedContainer, ObservedPod } from '../model/observed.ts'
import type { KubeletWorld } from '../model/world.ts'
import { runHook } from './hooks.ts'

export interface StopRequest {
  readonly pod: Stored<Pod>
  readonly container: ObservedContainer
  /** Text of the Killing event. */
  readonly message: string
  /** Seconds that override the pod's own grace; 0 skips the preStop hook. */
  readonly graceSeconds?: number
  /** The probe's own grace, for kills that a probe asked for. */
  readonly probe?: 'liveness' | 'startup'
  /** Resolves when containers that must go first have gone; sidecars wait for it. */
  readonly turn?: (limitMs: number) => Promise<void>
}

/** Upstream gives every container at least this long between SIGTERM and SIGKILL. */
const leastGraceSeconds = 2
const defaultGraceSeconds = 30

/** Stops one container: event, preStop hook, its turn, then the runtime with what grace is left. */
export async function stopContainer(
  request: StopRequest,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<void> {
  const { pod, container, message } = request
  const { clock, events, runtime } = world
  const startedMs = clock.monotonicMs()
  const grace = graceOf(request)
  const leftMs = () => grace * 1000 - Math.floor((clock.monotonicMs() - startedMs) / 1000) * 1000
  const fieldPath = fieldPathOf(pod, container.name)
  events.event(pod, { type: 'Normal', reason: 'Killing', message, fieldPath })
  if (grace > 0) await runPreStop(request, leftMs(), world, signal)
  if (grace > 0) await request.turn?.(leftMs())
  const graceMs = Math.max(leastGraceSeconds * 1000, leftMs())
  await runtime.stopContainer(container.id, graceMs, signal)
}

/** Deletion, then the probe, then the spec decide (lifecycle: stop sequence step 1). */
function graceOf({ pod, container, graceSeconds, probe }: StopRequest): number {
  if (graceSeconds !== undefined) return graceSeconds
  const { deletionGracePeriodSeconds } = pod.metadata
  if (deletionGracePeriodSeconds !== undefined) return deletionGracePeriodSeconds
  const spec = specOf(pod, container.name)
  const ofProbe =
    spec && 'livenessProbe' in spec
      ? probe === 'startup'
        ? spec.startupProbe
        : probe && spec.livenessProbe
      : undefined
  const own = (ofProbe || undefined)?.terminationGracePeriodSeconds
  return own ?? pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds
}

function specOf(pod: Pod, name: string): AnyContainer | undefined {
  const all = [...containersOf(pod), ...initContainersOf(pod), ...ephemeralContainersOf(pod)]
  return all.find((container) => container.name === name)
}

/**
 * Waits for the preStop hook as long as there is grace. A hook that takes longer goes on until it
 * fails for want of its container, and that is told then; a sleep has nothing to fail by (upstream:
 * executePreStopHook).
 */
async function runPreStop(
  { pod, container }: StopRequest,
  graceMs: number,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<void> {
  const spec = specOf(pod, container.name)
  const handler = spec && 'lifecycle' in spec ? spec.lifecycle?.preStop : undefined
  if (!spec || !handler) return
  const target = { pod, container: spec, containerId: container.id, podIp: pod.status?.podIP ?? '' }
  const grace = new AbortController()
  const isOver = new Promise<void>((resolve) => {
    grace.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  using _timer = world.clock.timer(graceMs, () => grace.abort(new Error('grace period is over')))
  const limit = handler.sleep ? AbortSignal.any([signal, grace.signal]) : signal
  const run = runHook(handler, target, world, limit).catch((error) => {
    if (limit.aborted) return
    world.log.warn('a preStop hook failed', { pod: pod.metadata.name, error: messageOf(error) })
    const fieldPath = fieldPathOf(pod, container.name)
    const reason = 'FailedPreStopHook'
    const failed = { message: 'PreStopHook failed', detail: messageOf(error), fieldPath }
    world.events.event(pod, { type: 'Warning', reason, ...failed })
  })
  await Promise.race([run, isOver])
  signal.throwIfAborted()
}

export interface StopAll {
  readonly pod: Stored<Pod>
  readonly observed: ObservedPod
  /** Overrides every other grace. */
  readonly graceSeconds?: number
}

/**
 * Stops all running containers of a pod at once. Sidecars run their hooks at once too, but are
 * stopped only after the main containers and the sidecars that were started after them.
 */
export async function stopAll(
  { pod, observed, graceSeconds }: StopAll,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<void> {
  const running = observed.containers.filter(
    ({ state }) => state === 'running' || state === 'unknown',
  )
  const stopped = new Map(running.map(({ id }) => [id, Promise.withResolvers<void>()]))
  const sidecars = initContainersOf(pod)
    .filter(isRestartable)
    .map(({ name }) => name)
  const rank = (name: string) => {
    const at = sidecars.indexOf(name)
    return at < 0 ? sidecars.length : at
  }
  const turnOf = (container: ObservedContainer) => (limitMs: number) => {
    const others = running.filter(({ name }) => rank(name) > rank(container.name))
    const all = Promise.all(others.map(({ id }) => stopped.get(id)?.promise))
    return Promise.race([
      all.then(() => undefined),
      world.clock.sleep(Math.max(0, limitMs), signal),
    ])
  }
  await Promise.all(
    running.map(async (container) => {
      const grace = graceSeconds === undefined ? {} : { graceSeconds }
      const request = {
        pod,
        container,
        message: `Stopping container ${container.name}`,
        turn: turnOf(container),
        ...grace,
      }
      try {
        await stopContainer(request, world, signal)
      } finally {
        stopped.get(container.id)?.resolve()
      }
    }),
  )
  for (const sandbox of observed.sandboxes) {
    if (sandbox.state === 'ready') await world.runtime.stopSandbox(sandbox.id, signal)
  }
}
