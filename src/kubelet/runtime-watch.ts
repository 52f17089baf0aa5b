import { createFlag, type Flag, messageOf } from '#lib'
import { podUidLabel } from './labels.ts'
import type { KubeletWorld } from './world.ts'

/** Upstream's relist period, and the one it uses beside a runtime that tells of events. */
const relistMs = 1_000
const relistBesideEventsMs = 300_000

interface Events {
  alive: boolean
  /** Raised when the stream of events ends: what happened since is to be looked for. */
  readonly broken: Flag
}

type States = ReadonlyMap<string, { readonly podUid: string; readonly state: string }>

/**
 * Notices what happens to containers without the kubelet: by the runtime's events where it has
 * them, and by listing all containers from time to time (upstream: PLEG).
 */
export async function watchRuntime(
  world: KubeletWorld,
  changed: (podUid: string, what: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const events: Events = { alive: false, broken: createFlag() }
  const following = followEvents(world, events, changed, signal)
  let held: States = new Map()
  while (!signal.aborted) {
    events.broken.clear()
    try {
      const now = await listStates(world, signal)
      for (const [podUid, what] of differences(held, now)) changed(podUid, what)
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
  changed: (podUid: string, what: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let hadAny = false
  while (!signal.aborted) {
    try {
      const stream = runtime.events(signal)
      // A runtime that cannot tell of events ends the stream at once.
      events.alive = true
      for await (const { kind, podUid } of stream) {
        hadAny = true
        if (podUid) changed(podUid, `a container was ${kind}`)
      }
    } catch (error) {
      if (!signal.aborted)
        log.debug('the stream of container events broke', { error: messageOf(error) })
    }
    events.alive = false
    events.broken.raise()
    // Then there is nothing to come back for.
    if (!hadAny) return
    await clock.sleep(reconnectMs, signal).catch(() => undefined)
  }
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
