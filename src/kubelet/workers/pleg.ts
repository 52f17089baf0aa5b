import { createFlag, type Flag, messageOf } from '#lib'
import { formatDuration } from '#machinery'
import type { ContainerEvent } from '#runtime'
import { podUidLabel } from '../model/labels.ts'
import type { KubeletWorld } from '../model/world.ts'
import type { PodEvent } from '../pod/machine.ts'

/** Upstream's relist period, and the one it uses beside a runtime that tells of events. */
const relistMs = 1_000
const relistBesideEventsMs = 300_000

/** Without a look at the containers for this long, it is not well (upstream: genericPlegRelistThreshold). */
const thresholdMs = 180_000

/** What happened to a pod's containers, as its machine takes it. */
type PodLifecycleEvent = Extract<PodEvent, { readonly kind: 'pleg' }>

/**
 * The pod lifecycle event generator (PLEG) notices what happens to containers without the kubelet:
 * by the runtime's events where it has them, and by listing all containers from time to time.
 */
export interface Pleg {
  /** Reports events, by the uid of their pod, until `signal` aborts. */
  run(report: Report, signal: AbortSignal): Promise<void>
  /** Says why nothing has been noticed for long; undefined while all is well. */
  fault(): string | undefined
}

type Report = (podUid: string, event: PodLifecycleEvent) => void

interface Events {
  alive: boolean
  /** When containers were listed last, or a stream of events ended. */
  seenMs: number | undefined
  /** Raised when the stream of events ends: what happened since is to be looked for. */
  readonly broken: Flag
}

type States = ReadonlyMap<string, { readonly podUid: string; readonly state: string }>

export function createPleg(world: KubeletWorld): Pleg {
  const events: Events = { alive: false, seenMs: undefined, broken: createFlag() }
  return {
    run: (report, signal) => relist(world, events, report, signal),
    fault() {
      const { alive, seenMs } = events
      if (seenMs === undefined) return 'pleg has yet to be successful'
      const silentMs = alive ? 0 : world.clock.monotonicMs() - seenMs
      if (silentMs <= thresholdMs) return undefined
      const threshold = formatDuration(thresholdMs)
      return `pleg was last seen active ${formatDuration(silentMs)} ago; threshold is ${threshold}`
    },
  }
}

async function relist(
  world: KubeletWorld,
  events: Events,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const following = followEvents(world, events, report, signal)
  let held: States = new Map()
  while (!signal.aborted) {
    events.broken.clear()
    try {
      const startMs = world.clock.monotonicMs()
      const now = await listStates(world, signal)
      world.metrics?.relisted(world.clock.monotonicMs() - startMs)
      events.seenMs = startMs
      for (const [podUid, what] of differences(held, now)) report(podUid, lifecycleEvent(what))
      held = now
    } catch (error) {
      if (!signal.aborted) world.log.warn('cannot list containers', { error: messageOf(error) })
    }
    const waitMs = events.alive ? relistBesideEventsMs : relistMs
    await events.broken.raised(world.clock, waitMs, signal).catch(() => undefined)
  }
  await following
}

/** How long to wait before a broken stream of events is opened again. */
const reconnectMs = 5_000

async function followEvents(
  { runtime, clock, log }: KubeletWorld,
  events: Events,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  let isReported = false
  while (!signal.aborted) {
    const openedMs = clock.monotonicMs()
    try {
      const stream = runtime.events(signal)
      // A runtime that cannot tell of events ends the stream at once.
      events.alive = true
      for await (const event of stream) {
        isReported = true
        reportEvent(event, report)
      }
    } catch (error) {
      if (!signal.aborted)
        log.debug('the stream of container events broke', { error: messageOf(error) })
    }
    events.alive = false
    const nowMs = clock.monotonicMs()
    if (nowMs - openedMs >= relistMs) {
      isReported = true
      events.seenMs = nowMs
    }
    events.broken.raise()
    // Then there is nothing to come back for.
    if (!isReported) return
    await clock.sleep(reconnectMs, signal).catch(() => undefined)
  }
}

function reportEvent({ kind, id, podUid }: ContainerEvent, report: Report): void {
  if (podUid)
    report(podUid, lifecycleEvent(`a container was ${kind}`, kind === 'deleted' ? id : undefined))
}

async function listStates({ runtime }: KubeletWorld, signal: AbortSignal): Promise<States> {
  const [containers, sandboxes] = await Promise.all([
    runtime.listContainers({}, signal),
    runtime.listSandboxes({}, signal),
  ])
  const all = [...sandboxes, ...containers].map(
    ({ id, labels, state }) => [id, { podUid: labels[podUidLabel] ?? '', state }] as const,
  )
  return new Map(all.filter(([, { podUid }]) => podUid !== ''))
}

function differences(held: States, now: States): ReadonlyMap<string, string> {
  const changed = new Map<string, string>()
  for (const [id, { podUid, state }] of now) {
    const before = held.get(id)?.state
    if (before !== state) changed.set(podUid, `a container is ${state}`)
  }
  for (const [id, { podUid }] of held) if (!now.has(id)) changed.set(podUid, 'a container is gone')
  return changed
}

/** `removed` is a container or sandbox that is gone. */
function lifecycleEvent(what: string, removed?: string): PodLifecycleEvent {
  return { kind: 'pleg', what, ...(removed !== undefined && { removed }) }
}
