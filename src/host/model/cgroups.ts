/** Quality of service, which decides the parent of a pod's cgroup. */
export type PodQos = 'Guaranteed' | 'Burstable' | 'BestEffort'

/** Limits of a cgroup; what is absent is left as it is. */
export interface CgroupLimits {
  /** Relative weight on the v1 scale (2 to 262144); converted for v2. */
  readonly cpuShares?: number
  /** Microseconds of CPU per period; -1 lifts the limit. */
  readonly cpuQuotaUs?: number
  /** Microseconds; the kubelet's default is 100000. */
  readonly cpuPeriodUs?: number
  /** Bytes; -1 lifts the limit. */
  readonly memoryBytes?: number
  /** Processes and threads; -1 lifts the limit. */
  readonly pids?: number
  /** Bytes by page size as the kernel names it (`2MB`, `1GB`). */
  readonly hugePages?: Readonly<Record<string, number>>
}

/** Consumption of a cgroup. A counter that the kernel does not offer is absent. */
export interface CgroupUsage {
  /** Cumulative CPU time in nanoseconds. */
  readonly cpuNs?: number
  readonly memoryBytes?: number
  /** Memory in use without the file cache that could be dropped at once. */
  readonly workingSetBytes?: number
  readonly rssBytes?: number
  readonly pageFaults?: number
  readonly majorPageFaults?: number
  readonly pids?: number
  /** How often the kernel has killed a process of this cgroup for memory. */
  readonly oomKills?: number
}

/** The node's control groups below one root of ours. Paths are absolute inside the hierarchy. */
export interface HostCgroups {
  readonly version: 1 | 2 | 'none'
  /** The parent of everything, e.g. `/kubepods`. */
  readonly root: string
  /** Where a pod's cgroup is; hand it to the runtime as the sandbox's parent. */
  podPath(qos: PodQos, podUid: string): string
  /** Makes the root and the two classes below it. */
  prepare(limits: CgroupLimits, signal: AbortSignal): Promise<void>
  /** Makes the cgroup in every hierarchy if missing and applies the limits. */
  ensure(path: string, limits: CgroupLimits, signal: AbortSignal): Promise<void>
  /** Kills what still runs in it, then removes it and its children; absent is fine. */
  remove(path: string, signal: AbortSignal): Promise<void>
  /** Pod UIDs that have a cgroup, in any class, sorted; to find orphans after a restart. */
  listPods(signal: AbortSignal): Promise<readonly PodCgroup[]>
  /** `undefined` when there is no such cgroup. */
  usage(path: string, signal: AbortSignal): Promise<CgroupUsage | undefined>
}

/** A pod cgroup says where the control group of a pod is, and of which class it is. */
export interface PodCgroup {
  readonly podUid: string
  readonly qos: PodQos
  readonly path: string
}

/**
 * The cgroup of a pod: guaranteed pods directly under the root, the others under their class
 * (upstream's cgroupfs driver).
 */
export function podCgroupPath(root: string, qos: PodQos, podUid: string): string {
  const parent = qosCgroupPath(root, qos)
  return `${parent}/pod${podUid}`
}

/** The cgroup that holds a whole class of pods. */
export function qosCgroupPath(root: string, qos: PodQos): string {
  return qos === 'Guaranteed' ? root : `${root}/${qos.toLowerCase()}`
}
