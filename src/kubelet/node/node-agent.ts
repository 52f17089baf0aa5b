import { type Node, type NodeCondition, type NodeStatus, nodes } from '#api'
import type { Informer } from '#client'
import { messageOf } from '#lib'
import { deepEqual, type Stored, type Trigger } from '#machinery'
import { isConflict } from '#machinery/status'
import type { Pressure } from '../eviction/eviction-manager.ts'
import { observation } from '../model/triggers.ts'
import type { KubeletWorld } from '../model/world.ts'
import { createNodeResources, type NodeResources } from './capacity.ts'
import { conditionEvent } from './conditions.ts'
import { createImageList } from './image-list.ts'
import { createHeartbeat } from './lease.ts'
import { createNodeEvents, type NodeEvents } from './node-events.ts'
import {
  findOut,
  isSameFindings,
  type NodeFindings,
  type NodeSources,
  nodeStatus,
} from './node-status.ts'
import { register } from './registration.ts'
import { type RuntimeState, runtimePeriodMs } from './runtime-state.ts'

/** The node's own object and lease: registration, status, heartbeat. */
export interface NodeAgent {
  allocatable(): Readonly<Record<string, string>>
  /** The node's object as it was last seen; waits until it says what the node has. */
  node(signal: AbortSignal): Promise<Stored<Node>>
  run(signal: AbortSignal): Promise<void>
}

/** A lease is renewed four times within its duration (upstream: nodeLeaseRenewIntervalFraction). */
const renewalsPerLease = 4

interface State {
  readonly sources: NodeSources
  readonly runtime: RuntimeState
  resources: NodeResources | undefined
  reportedMs: number
  /** What was written last, see `timeless`. */
  reported: unknown
  /** What was found out last, and of which object it was known that it says so already. */
  known: { readonly node: Stored<Node>; readonly findings: NodeFindings } | undefined
  /** What the runtime was told. */
  podCidr: string
  readonly events: NodeEvents
  /** The node's object as the API has it. */
  readonly own: () => Stored<Node> | undefined
}

export interface NodeAgentParts {
  /** Holds the node's object and no other. */
  readonly own: Informer<Node>
  readonly pressure: () => Pressure
  readonly runtime: RuntimeState
}

export function createNodeAgent(
  world: KubeletWorld,
  { own, pressure, runtime }: NodeAgentParts,
): NodeAgent {
  const state: State = {
    sources: {
      runtimeFault: runtime.fault,
      abilities: runtime.abilities,
      pressure,
      images: createImageList(world),
      resourcesOf: createNodeResources(world.facts, world.config),
    },
    runtime,
    resources: undefined,
    reportedMs: Number.NEGATIVE_INFINITY,
    reported: undefined,
    known: undefined,
    podCidr: '',
    events: createNodeEvents(world),
    own: () => own.get(world.config.nodeName),
  }
  return {
    allocatable: () => state.resources?.allocatable ?? {},
    async node(signal) {
      // An object that nobody has put a status on yet says nothing.
      await own.until(() => state.own()?.status?.allocatable !== undefined, signal)
      return state.own() as Stored<Node>
    },
    async run(signal) {
      await runtime.updateRuntimeUp(signal)
      let first: NodeStatus = {}
      const firstStatus = async () => {
        const findings = await findOut(state.sources, world, signal)
        state.resources = findings.resources
        first = nodeStatus(undefined, findings, world)
        return first
      }
      await register(world, firstStatus, signal)
      recordStart(first, world)
      await becomeReady(state, world, signal)
      await Promise.all([
        repeat(world, runtimePeriodMs, signal, () => runtime.updateRuntimeUp(signal)),
        repeat(world, world.config.nodeStatusUpdateMs, signal, () => report(state, world, signal)),
        repeat(
          world,
          (world.config.leaseDurationSeconds * 1000) / renewalsPerLease,
          signal,
          createHeartbeat(world, state.own),
        ),
      ])
    },
  }
}

/** Each start tells how much the node has left, as if that had changed (upstream: initialNode). */
function recordStart({ conditions = [] }: NodeStatus, world: KubeletWorld): void {
  const about = reference(world)
  world.events.event(about, { type: 'Normal', reason: 'Starting', message: 'Starting kubelet.' })
  for (const condition of conditions) {
    if (condition.type !== 'Ready') recordCondition(condition, world)
  }
}

function reference({ config }: KubeletWorld) {
  return { kind: 'Node', name: config.nodeName, uid: config.nodeName }
}

async function repeat(
  { clock, log }: KubeletWorld,
  periodMs: number,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work()
    } catch (error) {
      if (!signal.aborted) log.warn('a heartbeat failed', { error: messageOf(error) })
    }
    await clock.sleep(periodMs, signal).catch(() => undefined)
  }
}

/** How often a node that is not Ready yet looks again (upstream: fastStatusUpdateOnce). */
const impatientMs = 100
/** After this long at the start a node goes on at its usual pace. */
const impatienceLimitMs = 30_000

/** Reports as soon as the runtime and its network are ready, not at the next usual report. */
async function becomeReady(state: State, world: KubeletWorld, signal: AbortSignal): Promise<void> {
  const { clock } = world
  const untilMs = clock.monotonicMs() + impatienceLimitMs
  while (!signal.aborted && state.runtime.fault() !== undefined && clock.monotonicMs() < untilMs) {
    try {
      const node = state.own()
      if (node) await followPodCidr(state, node, world, signal)
      await state.runtime.updateRuntimeUp(signal)
    } catch {
      // The usual loops will say so if it lasts.
    }
    if (state.runtime.fault() !== undefined)
      await clock.sleep(impatientMs, signal).catch(() => undefined)
  }
}

/** Hands the node's part of the pod network on to the runtime. */
async function followPodCidr(
  state: State,
  node: Node,
  { runtime }: KubeletWorld,
  signal: AbortSignal,
): Promise<void> {
  const podCidr = podCidrOf(node)
  if (podCidr === '' || podCidr === state.podCidr) return
  await runtime.updatePodCidr(podCidr, signal)
  state.podCidr = podCidr
}

function podCidrOf({ spec }: Node): string {
  return spec?.podCIDRs?.join(',') ?? spec?.podCIDR ?? ''
}

function currentNode({ client, config }: KubeletWorld): Promise<Stored<Node>> {
  return client.get(nodes, { name: config.nodeName })
}

/**
 * Writes the status when it has changed, and at the latest every five minutes; first over what is
 * known, and when that was not the newest, over what the API has (upstream: tryUpdateNodeStatus).
 */
async function report(state: State, world: KubeletWorld, signal: AbortSignal): Promise<void> {
  const known = state.own()
  try {
    await reportOver(known ?? (await currentNode(world)), state, world, signal)
  } catch (error) {
    if (!known || !isConflict(error)) throw error
    await reportOver(await currentNode(world), state, world, signal)
  }
}

async function reportOver(
  node: Stored<Node>,
  state: State,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, config } = world
  // A runtime that does not answer is for the status to tell.
  if (podCidrOf(node) !== state.podCidr) {
    await followPodCidr(state, node, world, signal).catch(() => undefined)
  }
  const findings = await findOut(state.sources, world, signal)
  state.resources = findings.resources
  state.events.recordChanges(node, world.facts.bootId)
  const isDue = clock.monotonicMs() - state.reportedMs >= config.nodeStatusReportMs
  if (!isDue && state.known?.node === node && isSameFindings(findings, state.known.findings)) return
  const status = nodeStatus(node, findings, world)
  const now = timeless(status)
  if (!isDue && deepEqual(now, state.reported)) {
    state.known = { node, findings }
    return
  }
  const trigger = reasonOf(node, status)
  const caused = client.because({ actor: world.actor, trigger })
  await caused.update(nodes, { ...node, status }, { subresource: 'status' })
  recordChanges(node, status, world)
  state.reportedMs = clock.monotonicMs()
  state.reported = now
}

/** What of the node has changed, or that its status is due. */
function reasonOf(node: Stored<Node>, { conditions = [] }: NodeStatus): Trigger {
  const changed = conditions.filter(({ type, status }) => {
    const before = node.status?.conditions?.find((each) => each.type === type)
    return before?.status !== status
  })
  if (changed.length === 0) return { kind: 'timer', purpose: 'report the node' }
  const parts = changed.map(({ type, status, message }) => `${type} is ${status}: ${message}`)
  return observation(parts.join('; '))
}

/** A status without what changes with every look. */
function timeless(status: NodeStatus): unknown {
  const conditions = status.conditions?.map(({ lastHeartbeatTime: _, ...rest }) => rest)
  return { ...status, conditions }
}

function recordChanges(node: Stored<Node>, status: NodeStatus, world: KubeletWorld): void {
  for (const condition of status.conditions ?? []) {
    const before = node.status?.conditions?.find(({ type }) => type === condition.type)
    if (before?.status !== condition.status) recordCondition(condition, world)
  }
}

function recordCondition(condition: NodeCondition, world: KubeletWorld): void {
  const reason = conditionEvent(condition)
  if (!reason) return
  const message = `Node ${world.config.nodeName} status is now: ${reason}`
  world.events.event(reference(world), { type: 'Normal', reason, message })
}
