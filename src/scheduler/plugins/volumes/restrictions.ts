import type { Volume } from '#api'
import { goQuote } from '#machinery'
import {
  type Plugin,
  type PodChanges,
  skip,
  unresolvable,
  unschedulable,
} from '../../framework/plugin.ts'
import type { NodeInfo } from '../../model/node-info.ts'
import type { PodInfo } from '../../model/pod-info.ts'
import type { Snapshot } from '../../model/snapshot.ts'

const name = 'VolumeRestrictions'
const diskConflict = unschedulable(name, 'node(s) had no available disk')
const claimConflict = unschedulable(
  name,
  'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
)

/**
 * Keeps pods apart that may not have the same volume at once: claims of one pod alone in the whole cluster,
 * and disks that one node mounts once (upstream: plugins/volumerestrictions).
 */
export const volumeRestrictions: Plugin = {
  name,
  preFilter({ pod, snapshot }) {
    const exclusive = new Set<string>()
    for (const claimName of claimsOf(pod)) {
      const claim = snapshot.cluster.claim(pod.namespace, claimName)
      if (!claim) {
        const why = `persistentvolumeclaim ${goQuote(claimName)} not found`
        return { kind: 'reject', rejection: unresolvable(name, why) }
      }
      if (claim.spec?.accessModes?.includes('ReadWriteOncePod')) exclusive.add(claimName)
    }
    const used = usedIn(snapshot, pod, exclusive)
    const disks = (pod.pod.spec?.volumes ?? []).filter(isDisk)
    if (disks.length === 0 && used === 0) return skip
    return {
      kind: 'filter',
      filter: (node, trial) => {
        if (disks.some((disk) => isTaken(disk, node))) return diskConflict
        return used + change(trial, pod, exclusive) > 0 ? claimConflict : undefined
      },
    }
  },
  queueingHint(event, pod) {
    switch (event.kind) {
      case 'node':
        return !event.before && event.after !== undefined
      case 'claim':
        return (
          !event.before &&
          event.after?.metadata.namespace === pod.namespace &&
          claimsOf(pod).includes(event.after.metadata.name)
        )
      case 'pod':
        return !event.after && event.before !== undefined && frees(event.before, pod)
      default:
        return false
    }
  },
}

/** How many of the claims some pod on a node has; it can be one pod only. */
function usedIn(snapshot: Snapshot, pod: PodInfo, exclusive: ReadonlySet<string>): number {
  if (exclusive.size === 0) return 0
  const used = new Set<string>()
  for (const { load } of snapshot.nodes) {
    for (const other of load.pods) {
      for (const claim of sharedClaims(other, pod, exclusive)) used.add(claim)
    }
  }
  return used.size
}

function change({ added, removed }: PodChanges, pod: PodInfo, exclusive: ReadonlySet<string>) {
  const count = (pods: readonly PodInfo[]) =>
    pods.reduce((sum, other) => sum + sharedClaims(other, pod, exclusive).length, 0)
  return count(added) - count(removed)
}

function sharedClaims(
  other: PodInfo,
  { namespace }: PodInfo,
  claims: ReadonlySet<string>,
): readonly string[] {
  if (other.namespace !== namespace) return []
  return claimsOf(other).filter((claim) => claims.has(claim))
}

function claimsOf({ pod }: PodInfo): readonly string[] {
  return (pod.spec?.volumes ?? []).flatMap((each) => each.persistentVolumeClaim?.claimName ?? [])
}

function frees(gone: PodInfo, pod: PodInfo): boolean {
  if (gone.namespace !== pod.namespace) return false
  const disks = (pod.pod.spec?.volumes ?? []).filter(isDisk)
  const held = gone.pod.spec?.volumes ?? []
  const isDiskFreed = disks.some((disk) => held.some((other) => conflict(disk, other)))
  return isDiskFreed || sharedClaims(gone, pod, new Set(claimsOf(pod))).length > 0
}

function isTaken(disk: Volume, { load }: NodeInfo): boolean {
  return load.pods.some(({ pod }) =>
    (pod.spec?.volumes ?? []).some((other) => conflict(disk, other)),
  )
}

function isDisk(volume: Volume): boolean {
  return !!(volume.gcePersistentDisk || volume.awsElasticBlockStore || volume.rbd || volume.iscsi)
}

/** Whether both are the same disk, which one node mounts once, or many times to read from it. */
function conflict(a: Volume, b: Volume): boolean {
  if (a.gcePersistentDisk && a.gcePersistentDisk.pdName === b.gcePersistentDisk?.pdName) {
    return !(a.gcePersistentDisk.readOnly && b.gcePersistentDisk.readOnly)
  }
  if (a.awsElasticBlockStore) {
    return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore?.volumeID
  }
  if (a.iscsi && a.iscsi.iqn === b.iscsi?.iqn) return !(a.iscsi.readOnly && b.iscsi.readOnly)
  if (!a.rbd || !b.rbd || a.rbd.pool !== b.rbd.pool || a.rbd.image !== b.rbd.image) return false
  const monitors = new Set(a.rbd.monitors)
  return b.rbd.monitors.some((each) => monitors.has(each)) && !(a.rbd.readOnly && b.rbd.readOnly)
}
