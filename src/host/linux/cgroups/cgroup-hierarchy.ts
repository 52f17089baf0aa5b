import type { CgroupLimits, CgroupUsage } from '../../model/cgroups.ts'
import type { MountPoint } from '../system/mounts.ts'

/** One version's way to make, bound and measure a cgroup. Paths start with a slash. */
export interface CgroupHierarchy {
  readonly version: 1 | 2
  /** Mount points of every hierarchy that has a directory for each of our groups. */
  readonly mountPoints: readonly string[]
  create(path: string): Promise<void>
  apply(path: string, limits: CgroupLimits): Promise<void>
  usage(path: string): Promise<CgroupUsage | undefined>
}

/** Where each controller is mounted, by name; `unified` is version 2's tree. */
export type ControllerMounts = ReadonlyMap<string, string>

const v1Controllers = new Set([
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'devices',
  'freezer',
  'blkio',
  'pids',
  'hugetlb',
  'net_cls',
  'net_prio',
  'perf_event',
  'rdma',
  'misc',
])

/** Finds the hierarchies in the mount table; a named one (systemd's) counts by its own name. */
export function controllerMounts(mounts: readonly MountPoint[]): ControllerMounts {
  const found = new Map<string, string>()
  for (const mount of mounts) {
    if (mount.type === 'cgroup2') found.set('unified', mount.path)
    if (mount.type !== 'cgroup') continue
    for (const option of mount.superOptions) {
      if (v1Controllers.has(option) || option.startsWith('name=')) found.set(option, mount.path)
    }
  }
  return found
}
