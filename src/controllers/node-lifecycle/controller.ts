import { leases, type Node, nodes, type Pod, pods } from '#api'
import { createFlag, messageOf } from '#lib'
import { keyOf, type Stored } from '#machinery'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  watching,
} from '../runner/controller.ts'
import { type Judgement, judge } from './health.ts'
import { markPodsNotReady } from './mark-pods-not-ready.ts'
import { type NodeLifecycleOptions, podsByNode, type State } from './state.ts'
import { applyZones, nextTaintMs, taintAtRate, taintByReadiness } from './tainting.ts'
import { evictionKey, taintsOf, withNoScheduleTaints } from './taints.ts'
import { actor, writeTaints } from './write-taints.ts'
import { judgeZones } from './zones.ts'

export type { NodeLifecycleOptions } from './state.ts'

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

const leaseNamespace = 'kube-node-lease'

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
    well: new Map(),
    wasAllDown: false,
    judgedVersion: undefined,
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
    await monitorNodeHealth(state, context)
    if (nextTaintMs(state, context.clock.monotonicMs()) !== undefined) state.waiting.raise()
    await context.clock.sleep(state.options.monitorPeriodMs, signal)
  }
  await tainting
}

async function monitorNodeHealth(state: State, context: ControllerContext): Promise<void> {
  const existing = state.nodes.list()
  for (const name of state.health.keys()) if (!state.nodes.get(name)) forget(state, name)
  for (const node of existing) {
    const judgement = judgementOf(state, node, context)
    if (!judgement.changed && state.well.get(node.metadata.name) === node) continue
    try {
      await updateNodeHealth(state, node, judgement, context)
    } catch (error) {
      const { name } = node.metadata
      context.log.warn('cannot update a node', { node: name, error: messageOf(error) })
    }
  }
  // Zones say something new only when a node does.
  const { resourceVersion } = state.nodes
  if (state.judgedVersion === resourceVersion) return
  state.judgedVersion = resourceVersion
  await applyZones(state, judgeZones(state.nodes.list(), state.options), context)
}

function forget(state: State, name: string): void {
  state.health.delete(name)
  state.unmarked.delete(name)
  state.well.delete(name)
  for (const queue of state.queues.values()) queue.remove(name)
}

function judgementOf(
  state: State,
  node: Stored<Node>,
  { clock, events }: ControllerContext,
): Judgement {
  const { name } = node.metadata
  const held = state.health.get(name)
  if (!held) {
    const message = `Node ${name} event: Registered Node ${name} in Controller`
    events.event(node, { type: 'Normal', reason: 'RegisteredNode', message })
  }
  const lease = state.leases.get(`${leaseNamespace}/${name}`)
  const now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
  const judgement = judge(node, lease, held, { ...now, ...state.options })
  state.health.set(name, judgement.health)
  return judgement
}

async function updateNodeHealth(
  state: State,
  node: Stored<Node>,
  { changed, conditions, health }: Judgement,
  context: ControllerContext,
): Promise<void> {
  const { name } = node.metadata
  const silentMs = Math.round(context.clock.monotonicMs() - health.probedMs)
  const what = `no sign of life of node ${name} for ${silentMs / 1000} s: lease not renewed`
  const current = changed
    ? await context.client
        .because({ actor, trigger: { kind: 'observed', what } })
        .update(
          nodes,
          { ...node, status: { ...node.status, conditions } },
          { subresource: 'status' },
        )
    : node
  const taints = await taintByReadiness(state, current, context)
  await markPodsNotReady(state, node, current, context)
  const isWell = current === node && evictionKey(node) === undefined && taints === taintsOf(node)
  if (isWell) state.well.set(name, node)
  else state.well.delete(name)
}
