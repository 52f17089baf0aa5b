import { nodeTerm, type PersistentVolume, type PersistentVolumeClaim, type Volume } from '#api'
import { controllerOf, goQuote, type Stored } from '#machinery'
import { type NodeFilter, type Plugin, skip, unresolvable } from '../../framework/plugin.ts'
import { labelsChanged } from '../../model/cluster-event.ts'
import type { NodeInfo } from '../../model/node-info.ts'
import type { PodInfo } from '../../model/pod-info.ts'
import type { ClusterView } from '../../model/snapshot.ts'

const name = 'VolumeBinding'
const nothingToBind = unresolvable(name, "node(s) didn't find available persistent volumes to bind")
const elsewhere = unresolvable(name, "node(s) didn't match PersistentVolume's node affinity")
const volumeGone = unresolvable(
  name,
  'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
)
const unboundImmediate = unresolvable(name, 'pod has unbound immediate PersistentVolumeClaims')

/** Set once a claim and its volume name each other. */
const bindCompleted = 'pv.kubernetes.io/bind-completed'

/**
 * Keeps pods from nodes that cannot reach the volumes of their claims, and from all while a claim has
 * none (upstream: plugins/volumebinding). Volumes are neither bound nor provisioned here: a claim that
 * waits for its first consumer finds none on any node.
 */
export const volumeBinding: Plugin = {
  name,
  preFilter({ pod, snapshot: { cluster } }) {
    const claims: Stored<PersistentVolumeClaim>[] = []
    for (const volume of pod.pod.spec?.volumes ?? []) {
      const found = claimOf(volume, pod, cluster)
      if (typeof found === 'string') return { kind: 'reject', rejection: unresolvable(name, found) }
      if (found) claims.push(found)
    }
    if (claims.length === 0) return skip
    const unbound = claims.filter((claim) => !isBound(claim))
    if (unbound.some((claim) => !waitsForConsumer(claim, cluster))) {
      return { kind: 'reject', rejection: unboundImmediate }
    }
    if (unbound.length > 0) return { kind: 'filter', filter: () => nothingToBind }
    return { kind: 'filter', filter: reachesAll(claims, cluster) }
  },
  queueingHint(event, pod) {
    switch (event.kind) {
      case 'node':
        return event.after !== undefined && labelsChanged(event.before, event.after)
      case 'claim':
        return event.after !== undefined && uses(pod, event.after)
      case 'volume':
      case 'storageClass':
        return event.after !== undefined
      default:
        return false
    }
  },
}

/** The claim that a volume of a pod stands for, or why the pod cannot have it. */
function claimOf(
  volume: Volume,
  { pod, namespace }: PodInfo,
  cluster: ClusterView,
): Stored<PersistentVolumeClaim> | string | undefined {
  const claimName = claimNameOf(volume, pod.metadata.name)
  if (claimName === undefined) return undefined
  const quoted = goQuote(claimName)
  const claim = cluster.claim(namespace, claimName)
  if (!claim) {
    return volume.ephemeral
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`
      : `persistentvolumeclaim ${quoted} not found`
  }
  if (claim.status?.phase === 'Lost') {
    const lost = goQuote(claim.spec?.volumeName ?? '')
    return `persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${lost}`
  }
  if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim ${quoted} is being deleted`
  if (volume.ephemeral && controllerOf(claim)?.uid !== pod.metadata.uid) {
    return `PVC ${namespace}/${claimName} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`
  }
  return claim
}

function claimNameOf(volume: Volume, podName: string): string | undefined {
  return volume.ephemeral ? `${podName}-${volume.name}` : volume.persistentVolumeClaim?.claimName
}

function isBound({ metadata, spec }: Stored<PersistentVolumeClaim>): boolean {
  return !!spec?.volumeName && metadata.annotations?.[bindCompleted] !== undefined
}

/** Claims that name their volume are to be bound at once, whatever their class says. */
function waitsForConsumer({ spec }: PersistentVolumeClaim, cluster: ClusterView): boolean {
  if (spec?.volumeName || !spec?.storageClassName) return false
  const mode = cluster.storageClass(spec.storageClassName)?.volumeBindingMode
  return mode === 'WaitForFirstConsumer'
}

function reachesAll(
  claims: readonly Stored<PersistentVolumeClaim>[],
  cluster: ClusterView,
): NodeFilter {
  const volumes = claims.map(({ spec }) => cluster.volume(spec?.volumeName ?? ''))
  const filters = volumes.map((volume) => volume && reachedFrom(volume))
  return (node) => {
    for (const reaches of filters) {
      if (!reaches) return volumeGone
      if (!reaches(node)) return elsewhere
    }
    return undefined
  }
}

/** Whether a node is one that the volume's node affinity selects; each is, where it has none. */
function reachedFrom({ spec }: PersistentVolume): (node: NodeInfo) => boolean {
  const required = spec?.nodeAffinity?.required
  if (!required) return () => true
  const terms = required.nodeSelectorTerms.map((term) => nodeTerm(term))
  return (node) => terms.some((admits) => admits(node))
}

function uses({ pod, namespace }: PodInfo, { metadata }: Stored<PersistentVolumeClaim>): boolean {
  if (metadata.namespace !== namespace) return false
  const volumes = pod.spec?.volumes ?? []
  return volumes.some((volume) => claimNameOf(volume, pod.metadata.name) === metadata.name)
}
