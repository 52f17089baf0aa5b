import { type DaemonSetStatus, isPodReady } from '#api'
import { isActive, isAvailable } from '../shared/pods.ts'
import { hashLabel, judgeNode, nodeOf, type Observed } from './plan.ts'

/** What the DaemonSet reports about its nodes (upstream: updateDaemonSetStatus). */
export function daemonSetStatus(observed: Observed): DaemonSetStatus {
  const { daemonSet, nodes, pods, hash, nowMs } = observed
  const byNode = Map.groupBy(pods.filter(isActive), (pod) => nodeOf(pod) ?? '')
  const rows = nodes.map((node) => {
    // Of a surging node's two pods the newest speaks.
    const [pod] = (byNode.get(node.metadata.name) ?? []).toSorted((a, b) =>
      a.metadata.creationTimestamp > b.metadata.creationTimestamp ? -1 : 1,
    )
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
