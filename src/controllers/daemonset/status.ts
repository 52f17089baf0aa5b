import { type DaemonSetStatus, isPodReady } from '#api'
import { nodeShouldRunDaemonPod } from './nodes.ts'
import { hashLabel, isAvailablePod, type Observed, oldestFirst, podsByNode } from './observed.ts'

/** What the DaemonSet reports about its nodes (upstream: updateDaemonSetStatus). */
export function daemonSetStatus(observed: Observed): DaemonSetStatus {
  const { daemonSet, nodes, pods, hash } = observed
  const byNode = podsByNode(pods)
  const rows = nodes.map((node) => {
    const [pod] = (byNode.get(node.metadata.name) ?? []).toSorted(oldestFirst)
    return { wanted: nodeShouldRunDaemonPod(daemonSet, node).shouldRun, pod }
  })
  const desired = rows.filter(({ wanted }) => wanted).length
  const misscheduled = rows.filter(({ wanted, pod }) => !wanted && pod).length
  const current = rows.flatMap(({ wanted, pod }) => (wanted && pod ? [pod] : []))
  const available = current.filter((pod) => isAvailablePod(observed, pod)).length
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
