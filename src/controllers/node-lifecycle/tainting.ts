import type { Node, Taint } from '#api'
import { messageOf } from '#lib'
import type { Stored } from '#machinery'
import type { ControllerContext } from '../runner/controller.ts'
import { createEvictionQueue, type EvictionQueue } from './eviction-queue.ts'
import type { State } from './state.ts'
import { evictionKey, hasNoExecute, taintsOf, withNoExecute } from './taints.ts'
import { after, writeTaints } from './write-taints.ts'
import { nodeZone, type Zones } from './zones.ts'

/** Queues a node that is down for its eviction taint, swaps the taint, or takes it off: its taints then. */
export async function taintByReadiness(
  state: State,
  node: Stored<Node>,
  { client, clock }: ControllerContext,
): Promise<readonly Taint[]> {
  const key = evictionKey(node)
  const queue = queueOf(state, nodeZone(node))
  const { name } = node.metadata
  const held = withNoExecute(node, undefined, clock.wallMs()) !== taintsOf(node)
  if (key !== undefined && !held) {
    queue.add(name)
    return taintsOf(node)
  }
  if (key === undefined) queue.remove(name)
  const taints = withNoExecute(node, key, clock.wallMs())
  if (taints !== taintsOf(node)) await writeTaints(after(client, node), node, taints)
  return taints
}

function queueOf(state: State, zone: string): EvictionQueue {
  let queue = state.queues.get(zone)
  if (!queue) {
    queue = createEvictionQueue()
    queue.setRate(state.options.normal)
    state.queues.set(zone, queue)
  }
  return queue
}

/** Sets the rates; while every zone is down nothing is evicted, and afterwards nodes get fresh grace. */
export async function applyZones(
  state: State,
  zones: Zones,
  context: ControllerContext,
): Promise<void> {
  for (const [zone, rate] of zones.rates) queueOf(state, zone).setRate(rate)
  if (zones.allDown && !state.wasAllDown) {
    for (const node of state.nodes.list()) await clearEviction(state, node, context)
  }
  if (!zones.allDown && state.wasAllDown) {
    const probedMs = context.clock.monotonicMs()
    for (const [name, health] of state.health) state.health.set(name, { ...health, probedMs })
  }
  state.wasAllDown = zones.allDown
}

async function clearEviction(
  state: State,
  node: Stored<Node>,
  { client, clock, log }: ControllerContext,
): Promise<void> {
  const taints = withNoExecute(node, undefined, clock.wallMs())
  queueOf(state, nodeZone(node)).remove(node.metadata.name)
  if (taints === taintsOf(node)) return
  try {
    await writeTaints(client, node, taints)
  } catch (error) {
    log.warn('cannot untaint a node', { node: node.metadata.name, error: messageOf(error) })
  }
}

/** How often queues are asked (upstream: NodeEvictionPeriod), while there is something in them. */
const taintPeriodMs = 100

export async function taintAtRate(
  state: State,
  context: ControllerContext,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = context
  while (!signal.aborted) {
    state.waiting.clear()
    for (const queue of state.queues.values()) {
      const name = queue.take(clock.monotonicMs())
      if (name !== undefined) await taintForEviction(state, queue, name, context)
    }
    const nowMs = clock.monotonicMs()
    const nextMs = nextTaintMs(state, nowMs)
    // Only a look at the nodes can change that nothing waits.
    const wait =
      nextMs === undefined
        ? state.waiting.raised(clock, undefined, signal)
        : clock.sleep(Math.max(taintPeriodMs, nextMs - nowMs), signal)
    await wait.catch(() => undefined)
  }
}

export function nextTaintMs({ queues }: State, nowMs: number): number | undefined {
  const next = [...queues.values()]
    .map((queue) => queue.nextMs(nowMs))
    .filter((ms) => ms !== undefined)
  return next.length === 0 ? undefined : Math.min(...next)
}

async function taintForEviction(
  state: State,
  queue: EvictionQueue,
  name: string,
  { client, clock, log }: ControllerContext,
): Promise<void> {
  const node = state.nodes.get(name)
  const key = node && evictionKey(node)
  if (!node || key === undefined || hasNoExecute(node, key)) return
  try {
    await writeTaints(after(client, node), node, withNoExecute(node, key, clock.wallMs()))
  } catch (error) {
    log.warn('cannot taint a node', { node: name, error: messageOf(error) })
    queue.add(name)
  }
}
