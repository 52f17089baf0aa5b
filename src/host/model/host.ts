import type { HostCgroups } from './cgroups.ts'
import type { HostDrivers } from './drivers.ts'
import type { HostFiles } from './files.ts'
import type { HostNode } from './node.ts'
import type { HostVolumes } from './volumes.ts'

/** Where the kubelet's things are on this node; absolute paths. */
export interface HostPaths {
  /** The kubelet's own directory (upstream's `/var/lib/kubelet`). */
  readonly root: string
  /** Container logs (upstream's `/var/log/pods`). */
  readonly podLogs: string
  /** Links by container name for log collectors (upstream's `/var/log/containers`). */
  readonly containerLogs: string
  /** Small state files of the kubelet (checkpoints), below `root`. */
  readonly state: string
}

/** The directories of pods below `paths.root`/pods. */
export interface HostPods {
  /** A pod's directory; no I/O. */
  path(podUid: string): string
  /** Makes the pod's directories (0750). */
  prepare(podUid: string, signal: AbortSignal): Promise<void>
  /** UIDs of the pods that have a directory, sorted; to find orphans after a restart. */
  list(signal: AbortSignal): Promise<readonly string[]>
  /** Unmounts whatever is mounted below the pod's directory and deletes it; absent is fine. */
  remove(podUid: string, signal: AbortSignal): Promise<void>
}

/**
 * What a kubelet does to its node besides running containers. One Host stands for one node; the
 * kubelet performs no other I/O on it. Every operation is idempotent where its words allow it, and
 * rejects with `HostError`, or with the signal's reason when aborted. An aborted operation may have
 * been done in part; repeating it completes it.
 */
export interface Host extends AsyncDisposable {
  readonly paths: HostPaths
  readonly pods: HostPods
  readonly volumes: HostVolumes
  readonly files: HostFiles
  readonly cgroups: HostCgroups
  readonly node: HostNode
  readonly drivers: HostDrivers
  /** Makes the directories and shared mounts that everything else stands on; idempotent. */
  prepare(signal: AbortSignal): Promise<void>
  /**
   * Leaves nothing behind of pods, which must have been stopped, but their logs: every mount below the
   * root, the cgroups, the directories. By its logs a pod that is started again counts its restarts.
   * Disposing, in contrast, only lets go of open resources.
   */
  destroy(signal: AbortSignal): Promise<void>
}
