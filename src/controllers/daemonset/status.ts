import { type DaemonSetStatus, isPodReady, isPodTerminal, type Pod } from '#api'
import type { Stored } from '#machinery'
import { isAvailable } from '../shared/pods.ts'
import { hashLabel, judgeNode, nodeOf, type Observed } from './plan.ts'

/** What the DaemonSet reports about its nodes (upstream: updateDaemonSetStatus). */
export function daemonSetStatus(observed: Observed): DaemonSetStatus {
  const { daemonSet, nodes, pods, hash, nowMs } = observed
  const byNode = Map.groupBy(pods.filter(isThere), (pod) => nodeOf(pod) ?? '')
  const rows = nodes.map((node) => {
    const [pod] = (byNode.get(node.metadata.name) ?? []).toSorted(oldestFirst)
    return { wanted: judgeNode(daemonSet, node).shouldRun, pod }
  })
  const desired = rows.filter(({ wanted }) => wanted).length
  const misscheduled = rows.filter(({ wanted, pod }) => !wanted && pod).length
  const current = rows.flatMap(({ wanted, pod }) => (wanted && pod ? [pod] : []))
  const minReadySeconds = daemonSet.spec?.minReadySeconds ?? 0
  const available = current.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length
  const updated = current.filter(({ metadata }) => metadata.labels?.[hashLabel] === hash).length
  const { generation } = daemonSet.metadata
  const { collisionCount, conditions } = daemonSet.status ?? {}
  const unavailable = desired - available
  return {
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions ? { conditions } : {}),
    currentNumberScheduled: current.length,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: current.filter((pod) => isPodReady(pod)).length,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
    ...(available > 0 ? { numberAvailable: available } : {}),
    ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
  }
}

/** A pod that is being deleted serves until it has ended (upstream: getNodesToDaemonPods). */
function isThere(pod: Stored<Pod>): boolean {
  return pod.metadata.deletionTimestamp === undefined || !isPodTerminal(pod)
}

/** Of a surging node's two pods the older one speaks (upstream: podByCreationTimestampAndPhase). */
function oldestFirst({ metadata: a }: Stored<Pod>, { metadata: b }: Stored<Pod>): number {
  if (a.creationTimestamp === b.creationTimestamp) return a.name < b.name ? -1 : 1
  return a.creationTimestamp < b.creationTimestamp ? -1 : 1
}
