import type { Node, Taint } from '#api'
import { formatTime } from '#machinery'
import { readyCondition } from './health.ts'

export const notReadyKey = 'node.kubernetes.io/not-ready'
export const unreachableKey = 'node.kubernetes.io/unreachable'

/** Which taint each condition brings, by the condition's status. */
const taintByCondition: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: notReadyKey, Unknown: unreachableKey },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
}
const unschedulableKey = 'node.kubernetes.io/unschedulable'

const managedKeys: ReadonlySet<string> = new Set([
  ...Object.values(taintByCondition).flatMap((byStatus) => Object.values(byStatus)),
  unschedulableKey,
])

const none: readonly Taint[] = Object.freeze([])

/** The node's taints; the same empty list for every node that has none, so that `===` tells a change. */
export function taintsOf({ spec }: Node): readonly Taint[] {
  return spec?.taints ?? none
}

/** The node's taints with the NoSchedule ones as its conditions ask; the same array if none differs. */
export function withNoScheduleTaints(node: Node, nowMs: number): readonly Taint[] {
  const held = taintsOf(node)
  const wanted = new Set(
    (node.status?.conditions ?? [])
      .map(({ type, status }) => taintByCondition[type]?.[status])
      .filter((key) => key !== undefined),
  )
  if (node.spec?.unschedulable) wanted.add(unschedulableKey)
  const isOurs = ({ key, effect }: Taint) => effect === 'NoSchedule' && managedKeys.has(key)
  const kept = held.filter((taint) => !isOurs(taint) || wanted.has(taint.key))
  const missing = [...wanted].filter(
    (key) => !held.some((taint) => isOurs(taint) && taint.key === key),
  )
  if (kept.length === held.length && missing.length === 0) return held
  const timeAdded = formatTime(nowMs)
  return [...kept, ...missing.map((key) => ({ key, effect: 'NoSchedule', timeAdded }))]
}

/** The NoExecute taint that the node's readiness asks for now; undefined for a ready node. */
export function evictionKey(node: Node): string | undefined {
  const status = readyCondition(node)?.status
  if (status === 'False') return notReadyKey
  return status === 'Unknown' || status === undefined ? unreachableKey : undefined
}

export function hasNoExecute(node: Node, key: string): boolean {
  return taintsOf(node).some((taint) => taint.key === key && taint.effect === 'NoExecute')
}

/** The taints with one of the two eviction taints in place of the other, or with neither. */
export function withNoExecute(
  node: Node,
  key: string | undefined,
  nowMs: number,
): readonly Taint[] {
  const held = taintsOf(node)
  const isOurs = (taint: Taint) =>
    taint.effect === 'NoExecute' && (taint.key === notReadyKey || taint.key === unreachableKey)
  const others = held.filter((taint) => !isOurs(taint) || taint.key === key)
  const present = key !== undefined && hasNoExecute(node, key)
  if (others.length === held.length && (present || key === undefined)) return held
  if (key === undefined || present) return others
  return [...others, { key, effect: 'NoExecute', timeAdded: formatTime(nowMs) }]
}
