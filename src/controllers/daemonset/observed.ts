import { type DaemonSet, isPodTerminal, type Node, type Pod } from '#api'
import type { Stored } from '#machinery'
import { type IntOrString, scaledValue } from '#machinery/quantity'
import { isActive, isAvailable, readySinceMs } from '../shared/pods.ts'
import { nodeShouldRunDaemonPod, targetNodeName } from './nodes.ts'

export const hashLabel = 'controller-revision-hash'

/** What a plan is made from. */
export interface Observed {
  readonly daemonSet: Stored<DaemonSet>
  readonly nodes: readonly Stored<Node>[]
  /** All pods that the DaemonSet controls. */
  readonly pods: readonly Stored<Pod>[]
  /** The hash of the present template. */
  readonly hash: string
  readonly nowMs: number
  /** Milliseconds until a failed pod of this node may be replaced; 0 when it may be now. */
  readonly failedPodDelayMs: (node: string) => number
}

export interface Plan {
  /** Names of the nodes that need a pod. */
  readonly create: readonly string[]
  readonly remove: readonly Removal[]
  /** When a failed pod that backs off is to be replaced. */
  readonly againInMs?: number
}

export interface Removal {
  readonly pod: Stored<Pod>
  /** Set for pods that ended by themselves, which an event reports. */
  readonly ended?: 'Failed' | 'Succeeded'
}

/** The pods of each node that the controller still has to do with (upstream: getNodesToDaemonPods). */
export type NodePods = ReadonlyMap<string, readonly Stored<Pod>[]>

/** Groups pods by their nodes, without those that have ended and are leaving. */
export function podsByNode(pods: readonly Stored<Pod>[]): NodePods {
  const notLeaving = pods.filter((pod) => !(isPodTerminal(pod) && isLeaving(pod)))
  return Map.groupBy(notLeaving, (pod) => targetNodeName(pod) ?? '')
}

/** How many pods an update may take away or add at a time (upstream: updatedDesiredNodeCounts). */
export interface UpdateLimits {
  readonly desired: number
  readonly maxSurge: number
  readonly maxUnavailable: number
}

export function updateLimits({ daemonSet, nodes }: Observed): UpdateLimits {
  const { rollingUpdate } = daemonSet.spec?.updateStrategy ?? {}
  const desired = nodes.filter((node) => nodeShouldRunDaemonPod(daemonSet, node).shouldRun).length
  const count = (value: IntOrString) => scaledValue(value, desired, 'up')
  const maxSurge = count(rollingUpdate?.maxSurge ?? 0)
  const maxUnavailable = count(rollingUpdate?.maxUnavailable ?? (maxSurge > 0 ? 0 : 1))
  const isStuck = desired > 0 && maxSurge === 0 && maxUnavailable === 0
  return { desired, maxSurge, maxUnavailable: isStuck ? 1 : maxUnavailable }
}

/** Whether a pod counts as available for this DaemonSet. */
export function isAvailablePod({ daemonSet, nowMs }: Observed, pod: Stored<Pod>): boolean {
  return isAvailable(pod, daemonSet.spec?.minReadySeconds ?? 0, nowMs)
}

export function isLeaving({ metadata }: Stored<Pod>): boolean {
  return metadata.deletionTimestamp !== undefined
}

/** Orders by age (upstream: podByCreationTimestampAndPhase). */
export function oldestFirst({ metadata: a }: Stored<Pod>, { metadata: b }: Stored<Pod>): number {
  if (a.creationTimestamp === b.creationTimestamp) return a.name < b.name ? -1 : 1
  return a.creationTimestamp < b.creationTimestamp ? -1 : 1
}

/** Milliseconds until the next ready pod becomes available; undefined when none is waiting. */
export function msUntilAvailable({ daemonSet, pods, nowMs }: Observed): number | undefined {
  const minReadyMs = (daemonSet.spec?.minReadySeconds ?? 0) * 1000
  const waits = pods
    .filter(isActive)
    .flatMap((pod) => readySinceMs(pod) ?? [])
    .map((sinceMs) => sinceMs + minReadyMs - nowMs)
    .filter((waitMs) => waitMs > 0)
  return waits.length > 0 ? Math.min(...waits) : undefined
}
