import { type Lease, leases, type Node, nodes, type Pod, pods, type Taint } from '#api'
import type { Client, Informer } from '#client'
import { createFlag, type Flag, messageOf } from '#lib'
import { formatTime, isConflict, isNotFound, keyOf, type Stored } from '#machinery'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  watching,
} from '../controller.ts'
import { createEvictionQueue, type EvictionQueue } from './eviction-queue.ts'
import { type HealthRules, judge, type NodeHealth, readyCondition } from './health.ts'
import {
  evictionKey,
  hasNoExecute,
  taintsOf,
  withNoExecute,
  withNoScheduleTaints,
} from './taints.ts'
import { type EvictionRates, judgeZones, type Zones, zoneOf } from './zones.ts'

export interface NodeLifecycleOptions extends HealthRules, EvictionRates {
  readonly monitorPeriodMs: number
}

/** kube-controller-manager's defaults (node-monitor-grace-period is 50 s since 1.32). */
export const nodeLifecycleDefaults: NodeLifecycleOptions = {
  monitorPeriodMs: 5_000,
  monitorGraceMs: 50_000,
  startupGraceMs: 60_000,
  normal: 0.1,
  secondary: 0.01,
  unhealthyThreshold: 0.55,
  largeClusterSize: 50,
}

const actor = 'controller/node-lifecycle'

/** Writes because of how a node stands now. */
function after(client: Client, node: Stored<Node>): Client {
  const { resourceVersion } = node.metadata
  const trigger = { kind: 'change', resource: 'nodes', key: keyOf(node), resourceVersion } as const
  return client.because({ actor, trigger })
}

const leaseNamespace = 'kube-node-lease'
const podsByNode = 'nodeName'

/** Judges nodes by their signs of life, taints them, and tells their pods (upstream: nodelifecycle). */
export function nodeLifecycleController(options: NodeLifecycleOptions): Controller {
  return {
    name: 'node-lifecycle',
    eventSource: 'node-controller',
    workers: 8,
    permissions: [
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'patch', 'update', 'watch'] },
      { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch', 'update'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['pods/status'], verbs: ['patch', 'update'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        verbs: ['get', 'list', 'watch'],
      },
      {
        apiGroups: ['', 'events.k8s.io'],
        resources: ['events'],
        verbs: ['create', 'patch', 'update'],
      },
    ],
    start: (context) => start(options, context),
  }
}

interface State {
  readonly options: NodeLifecycleOptions
  readonly nodes: Informer<Node>
  readonly leases: Informer<Lease>
  readonly pods: Informer<Pod>
  readonly health: Map<string, NodeHealth>
  readonly queues: Map<string, EvictionQueue>
  /** Raised while a queue has something to let through. */
  readonly waiting: Flag
  /** Nodes whose pods could not all be marked; they are tried again at the next look. */
  readonly unmarked: Set<string>
  wasAllDown: boolean
}

function start(options: NodeLifecycleOptions, context: ControllerContext): ControllerLoop {
  const { informers } = context
  const state: State = {
    options,
    nodes: informers.informer(nodes),
    leases: informers.informer(leases, { namespace: leaseNamespace }),
    pods: informers.informer(pods, { indexes: { [podsByNode]: nodeNamesOf } }),
    health: new Map(),
    queues: new Map(),
    waiting: createFlag(),
    unmarked: new Set(),
    wasAllDown: false,
  }
  return {
    watches: [watching(nodes, (node) => [keyOf(node)])],
    async reconcile(key, { client, clock }) {
      const node = state.nodes.get(key)
      if (!node) return undefined
      const taints = withNoScheduleTaints(node, clock.wallMs())
      if (taints !== taintsOf(node)) await writeTaints(client, node, taints)
      return undefined
    },
    background: (background, signal) => monitor(state, background, signal),
  }
}

function nodeNamesOf({ spec }: Stored<Pod>): readonly string[] {
  return spec?.nodeName ? [spec.nodeName] : []
}

async function monitor(
  state: State,
  context: ControllerContext,
  signal: AbortSignal,
): Promise<void> {
  await state.leases.whenSynced(signal)
  await state.pods.whenSynced(signal)
  const tainting = taintAtRate(state, context, signal)
  while (!signal.aborted) {
    await lookAtAll(state, context)
    if (nextTaintMs(state, context.clock.monotonicMs()) !== undefined) state.waiting.raise()
    await context.clock.sleep(state.options.monitorPeriodMs, signal)
  }
  await tainting
}

async function lookAtAll(state: State, context: ControllerContext): Promise<void> {
  const standing = state.nodes.list()
  const names = new Set(standing.map(({ metadata }) => metadata.name))
  for (const name of state.health.keys()) if (!names.has(name)) forget(state, name)
  for (const node of standing) {
    try {
      await lookAt(state, node, context)
    } catch (error) {
      const { name } = node.metadata
      context.log.warn('cannot update a node', { node: name, error: messageOf(error) })
    }
  }
  const zones = judgeZones(state.nodes.list(), state.options)
  await applyZones(state, zones, context)
}

function forget(state: State, name: string): void {
  state.health.delete(name)
  state.unmarked.delete(name)
  for (const queue of state.queues.values()) queue.remove(name)
}

async function lookAt(state: State, node: Stored<Node>, context: ControllerContext): Promise<void> {
  const { clock, events } = context
  const { name } = node.metadata
  if (!state.health.has(name)) {
    const message = `Node ${name} event: Registered Node ${name} in Controller`
    events.event(node, { type: 'Normal', reason: 'RegisteredNode', message })
  }
  const lease = state.leases.get(`${leaseNamespace}/${name}`)
  const now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
  const judgement = judge(node, lease, state.health.get(name), { ...now, ...state.options })
  state.health.set(name, judgement.health)
  const silentMs = Math.round(now.monotonicMs - judgement.health.probedMs)
  const what = `no sign of life of node ${name} for ${silentMs / 1000} s: lease not renewed`
  const current = judgement.changed
    ? await context.client
        .because({ actor, trigger: { kind: 'observed', what } })
        .update(
          nodes,
          { ...node, status: { ...node.status, conditions: judgement.conditions } },
          { subresource: 'status' },
        )
    : node
  await taintByReadiness(state, current, { ...context, client: after(context.client, current) })
  await tellPods(state, node, current, { ...context, client: after(context.client, current) })
}

/** Queues a node that is down for its eviction taint, swaps the taint, or takes it off. */
async function taintByReadiness(
  state: State,
  node: Stored<Node>,
  { client, clock }: ControllerContext,
): Promise<void> {
  const key = evictionKey(node)
  const queue = queueOf(state, zoneOf(node))
  const { name } = node.metadata
  const held = withNoExecute(node, undefined, clock.wallMs()) !== taintsOf(node)
  if (key !== undefined && !held) return queue.add(name)
  if (key === undefined) queue.remove(name)
  const taints = withNoExecute(node, key, clock.wallMs())
  if (taints !== taintsOf(node)) await writeTaints(client, node, taints)
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

/** When a node stops being ready, its pods are marked so, and nothing else about them changes. */
async function tellPods(
  state: State,
  before: Stored<Node>,
  after: Stored<Node>,
  context: ControllerContext,
): Promise<void> {
  const { name } = after.metadata
  if (readyCondition(after)?.status === 'True') return void state.unmarked.delete(name)
  const justLost = readyCondition(before)?.status === 'True'
  if (justLost) {
    const message = `Node ${name} status is now: NodeNotReady`
    context.events.event(after, { type: 'Normal', reason: 'NodeNotReady', message })
  }
  if (!justLost && !state.unmarked.has(name)) return
  state.unmarked.delete(name)
  for (const pod of state.pods.by(podsByNode, name)) {
    if (!(await markNotReady(pod, context))) state.unmarked.add(name)
  }
}

/** Sets Ready to False, keeping its reason and message as upstream does. False when it must be retried. */
async function markNotReady(pod: Stored<Pod>, context: ControllerContext): Promise<boolean> {
  const { client, clock, events, log } = context
  const conditions = pod.status?.conditions ?? []
  const ready = conditions.find(({ type }) => type === 'Ready')
  if (!ready || ready.status === 'False') return true
  const lost = { ...ready, status: 'False', lastTransitionTime: formatTime(clock.wallMs()) }
  const status = {
    ...pod.status,
    conditions: conditions.map((condition) => (condition === ready ? lost : condition)),
  }
  try {
    await client.update(pods, { ...pod, status }, { subresource: 'status' })
  } catch (error) {
    if (isNotFound(error)) return true
    log.warn('cannot mark a pod not ready', { pod: keyOf(pod), error: messageOf(error) })
    return false
  }
  events.event(pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' })
  return true
}

/** Sets the rates; while every zone is down nothing is evicted, and afterwards nodes get fresh grace. */
async function applyZones(state: State, zones: Zones, context: ControllerContext): Promise<void> {
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
  queueOf(state, zoneOf(node)).remove(node.metadata.name)
  if (taints === taintsOf(node)) return
  try {
    await writeTaints(client, node, taints)
  } catch (error) {
    log.warn('cannot untaint a node', { node: node.metadata.name, error: messageOf(error) })
  }
}

/** How often queues are asked (upstream: NodeEvictionPeriod), while there is something in them. */
const taintPeriodMs = 100

async function taintAtRate(
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

function nextTaintMs({ queues }: State, nowMs: number): number | undefined {
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

async function writeTaints(
  client: Client,
  node: Stored<Node>,
  taints: readonly Taint[],
): Promise<void> {
  try {
    await client.update(nodes, { ...node, spec: { ...node.spec, taints } })
  } catch (error) {
    if (isConflict(error)) {
      // Someone else wrote first: decide again over what is there now.
      const fresh = await client.get(nodes, node.metadata)
      const merged = mergeTaints(taintsOf(fresh), taintsOf(node), taints)
      await client.update(nodes, { ...fresh, spec: { ...fresh.spec, taints: merged } })
      return
    }
    if (!isNotFound(error)) throw error
  }
}

/** Carries our additions and removals over to taints that were changed meanwhile. */
function mergeTaints(
  fresh: readonly Taint[],
  before: readonly Taint[],
  after: readonly Taint[],
): readonly Taint[] {
  const same = (a: Taint) => (b: Taint) => a.key === b.key && a.effect === b.effect
  const removed = before.filter((taint) => !after.some(same(taint)))
  const added = after.filter((taint) => !before.some(same(taint)))
  const kept = fresh.filter((taint) => !removed.some(same(taint)))
  return [...kept, ...added.filter((taint) => !kept.some(same(taint)))]
}
