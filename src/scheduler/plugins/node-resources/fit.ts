import type { Node } from '#api'
import type { Stored } from '#machinery'
import { maxNodeScore, type Plugin, type PluginRejection } from '../../framework/plugin.ts'
import { emptyLoad, type NodeInfo, nodeInfoOf } from '../../model/node-info.ts'
import type { PodInfo } from '../../model/pod-info.ts'
import type { Resources } from '../../model/resources.ts'

const name = 'NodeResourcesFit'

/** Admits nodes with enough left of all that the pod asks for; prefers the least allocated. */
export const nodeResourcesFit: Plugin = {
  name,
  weight: 1,
  preFilter: ({ pod: { request }, snapshot }) => {
    const { devices } = snapshot.cluster
    const delegated = [...request.scalars.keys()].filter((resource) => devices.classFor(resource))
    return {
      kind: 'filter',
      filter: (node) => rejectionOf(withoutDevices(request, delegated, node), node),
    }
  },
  preScore: ({ pod: { scoringRequest } }) => ({
    score({ allocatable, load }) {
      const cpu = freeShare(load.scoringMilliCpu + scoringRequest.milliCpu, allocatable.milliCpu)
      const memory = freeShare(load.scoringMemory + scoringRequest.memory, allocatable.memory)
      if (cpu === undefined) return memory ?? 0
      return memory === undefined ? cpu : Math.floor((cpu + memory) / 2)
    },
  }),
  queueingHint(event, pod, { devices }) {
    switch (event.kind) {
      case 'deviceClass':
        return (
          !!event.after && [...pod.request.scalars.keys()].some((name) => devices.classFor(name))
        )
      case 'node':
        return !!event.after && nodeQueueingHint(pod, event.before, event.after)
      case 'pod':
        return !!event.before && (!event.after || asksLess(event.before, event.after))
      case 'self':
        return asksLess(event.before, event.after)
      default:
        return false
    }
  },
}

/** What a node has none of and devices can stand for is left to whoever allocates them. */
function withoutDevices(
  request: Resources,
  delegated: readonly string[],
  { allocatable }: NodeInfo,
): Resources {
  const left = delegated.filter((resource) => !allocatable.scalars.get(resource))
  if (left.length === 0) return request
  const scalars = [...request.scalars].filter(([resource]) => !left.includes(resource))
  return { ...request, scalars: new Map(scalars) }
}

/** Percent of a capacity that would stay free; undefined where the node has none of it. */
function freeShare(requested: number, capacity: number): number | undefined {
  if (capacity === 0) return undefined
  return requested > capacity ? 0 : Math.floor(((capacity - requested) * maxNodeScore) / capacity)
}

/** All that is short on the node, in upstream's order; undefined when the pod fits. */
function rejectionOf(request: Resources, node: NodeInfo): PluginRejection | undefined {
  if (fits(request, node)) return undefined
  const { allocatable, allowedPods, load } = node
  const reasons: string[] = []
  let resolvable = true
  if (load.pods.length + 1 > allowedPods) reasons.push('Too many pods')
  const check = (resource: string, wanted: number, used: number, capacity: number) => {
    if (!exceeds(wanted, used, capacity)) return
    reasons.push(`Insufficient ${resource}`)
    // More than the whole node has: evicting pods cannot help.
    if (wanted > capacity) resolvable = false
  }
  const used = load.requested
  check('cpu', request.milliCpu, used.milliCpu, allocatable.milliCpu)
  check('memory', request.memory, used.memory, allocatable.memory)
  check(
    'ephemeral-storage',
    request.ephemeralStorage,
    used.ephemeralStorage,
    allocatable.ephemeralStorage,
  )
  for (const [scalar, wanted] of request.scalars) {
    check(scalar, wanted, used.scalars.get(scalar) ?? 0, allocatable.scalars.get(scalar) ?? 0)
  }
  return { plugin: name, resolvable, reasons }
}

/** The plain check, made for every node of every cycle. */
function fits(request: Resources, { allocatable, allowedPods, load }: NodeInfo): boolean {
  const used = load.requested
  if (load.pods.length >= allowedPods) return false
  if (exceeds(request.milliCpu, used.milliCpu, allocatable.milliCpu)) return false
  if (exceeds(request.memory, used.memory, allocatable.memory)) return false
  if (exceeds(request.ephemeralStorage, used.ephemeralStorage, allocatable.ephemeralStorage)) {
    return false
  }
  for (const [scalar, wanted] of request.scalars) {
    const [taken, capacity] = [used.scalars.get(scalar), allocatable.scalars.get(scalar)]
    if (exceeds(wanted, taken ?? 0, capacity ?? 0)) return false
  }
  return true
}

/** Nothing wanted is never too much, not even of what is overcommitted. */
function exceeds(wanted: number, used: number, capacity: number): boolean {
  return wanted > 0 && wanted > capacity - used
}

function nodeQueueingHint(
  pod: PodInfo,
  before: Stored<Node> | undefined,
  after: Stored<Node>,
): boolean {
  const now = nodeInfoOf(after, emptyLoad)
  if (rejectionOf(pod.request, now)) return false
  if (!before) return true
  const then = nodeInfoOf(before, emptyLoad)
  return now.allowedPods > then.allowedPods || hasMore(pod.request, then, now)
}

function hasMore(request: Resources, then: NodeInfo, now: NodeInfo): boolean {
  const [old, current] = [then.allocatable, now.allocatable]
  return (
    (request.milliCpu > 0 && current.milliCpu > old.milliCpu) ||
    (request.memory > 0 && current.memory > old.memory) ||
    (request.ephemeralStorage > 0 && current.ephemeralStorage > old.ephemeralStorage) ||
    [...request.scalars].some(
      ([scalar, wanted]) =>
        wanted > 0 && (current.scalars.get(scalar) ?? 0) > (old.scalars.get(scalar) ?? 0),
    )
  )
}

function asksLess(before: PodInfo, after: PodInfo): boolean {
  const [old, now] = [before.request, after.request]
  return (
    now.milliCpu < old.milliCpu ||
    now.memory < old.memory ||
    now.ephemeralStorage < old.ephemeralStorage ||
    [...old.scalars].some(([scalar, amount]) => (now.scalars.get(scalar) ?? 0) < amount)
  )
}
