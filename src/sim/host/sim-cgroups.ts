import {
  type CgroupLimits,
  type CgroupUsage,
  type HostCgroups,
  type PodCgroup,
  type PodQos,
  podCgroupPath,
  qosCgroupPath,
} from '#host'
import type { DiskLoad, NodeLoad } from '../model/disk.ts'
import { cgroupFiles } from './cgroup-files.ts'
import type { MemoryDisk } from './memory-disk.ts'

const idle: DiskLoad = Object.freeze({ cpuNs: 0, memoryBytes: 0, pids: 0, oomKills: 0 })

/** Cgroups as paths with limits; what is used in them comes from the node's load. */
export interface SimCgroups extends HostCgroups {
  /** Everything as plain JSON. */
  save(): SavedCgroups
  /** A boot begins without any. */
  forget(): void
  /** Shows them from now on as files of the disk, for containers that look at those of their node. */
  show(): void
}

/** Where nodes have them. */
const mountPoint = '/sys/fs/cgroup'

/** Limits by path. */
export type SavedCgroups = Readonly<Record<string, CgroupLimits>>

export function simCgroups(
  root: string,
  { load, disk }: { readonly load: NodeLoad; readonly disk: MemoryDisk },
  saved: SavedCgroups = {},
): SimCgroups {
  const groups = new Map<string, CgroupLimits>(Object.entries(saved))
  const isShown = () => disk.kindOf(mountPoint) === 'directory'
  const ensure = (path: string, limits: CgroupLimits) => {
    groups.set(path, { ...groups.get(path), ...limits })
    if (isShown()) showGroup(disk, path, groups.get(path) ?? {})
  }
  const pods = () => podGroups(root, groups.keys())
  return {
    version: 2,
    root,
    podPath: (qos, podUid) => podCgroupPath(root, qos, podUid),
    prepare: async (limits, signal) => {
      signal.throwIfAborted()
      ensure(root, limits)
      ensure(qosCgroupPath(root, 'Burstable'), {})
      ensure(qosCgroupPath(root, 'BestEffort'), { cpuShares: 2 })
    },
    ensure: async (path, limits, signal) => {
      signal.throwIfAborted()
      ensure(path, limits)
    },
    remove: async (path, signal) => {
      signal.throwIfAborted()
      for (const known of [...groups.keys()]) {
        if (known === path || known.startsWith(`${path}/`)) groups.delete(known)
      }
      if (isShown()) disk.unlink(mountPoint + path)
    },
    listPods: async (signal) => {
      signal.throwIfAborted()
      return pods().sort((a, b) => (a.podUid < b.podUid ? -1 : 1))
    },
    usage: async (path, signal) => {
      signal.throwIfAborted()
      if (!groups.has(path)) return undefined
      if (path === root) return usageOf(load.total)
      const below = pods().filter((pod) => pod.path === path || pod.path.startsWith(`${path}/`))
      return usageOf(below.map(({ podUid }) => load.ofPod(podUid) ?? idle).reduce(sum, idle))
    },
    save: () => Object.fromEntries(groups),
    forget: () => groups.clear(),
    show() {
      if (isShown()) return
      disk.ensureDirectory(mountPoint, 0o555).mount ??= { sizeBytes: undefined }
      for (const [path, limits] of groups) showGroup(disk, path, limits)
    },
  }
}

function showGroup(disk: MemoryDisk, path: string, { memoryBytes, ...cpu }: CgroupLimits): void {
  const limits = { ...cpu, ...(memoryBytes === undefined ? {} : { memoryLimitBytes: memoryBytes }) }
  for (const [name, text] of Object.entries(cgroupFiles)) {
    const file = disk.ensureFile(`${mountPoint}${path}/${name}`, 0o644)
    disk.setContent(file, Buffer.from(text(limits)))
  }
}

const classes: readonly PodQos[] = ['Guaranteed', 'Burstable', 'BestEffort']

function podGroups(root: string, paths: Iterable<string>): PodCgroup[] {
  const found: PodCgroup[] = []
  for (const path of paths) {
    for (const qos of classes) {
      const prefix = `${qosCgroupPath(root, qos)}/pod`
      const podUid = path.slice(prefix.length)
      if (path.startsWith(prefix) && !podUid.includes('/')) found.push({ podUid, qos, path })
    }
  }
  return found
}

function sum(a: DiskLoad, b: DiskLoad): DiskLoad {
  return {
    cpuNs: a.cpuNs + b.cpuNs,
    memoryBytes: a.memoryBytes + b.memoryBytes,
    pids: a.pids + b.pids,
    oomKills: a.oomKills + b.oomKills,
  }
}

function usageOf({ cpuNs, memoryBytes, pids, oomKills }: DiskLoad): CgroupUsage {
  return {
    cpuNs,
    memoryBytes,
    workingSetBytes: memoryBytes,
    rssBytes: memoryBytes,
    pageFaults: 0,
    majorPageFaults: 0,
    pids,
    oomKills,
  }
}
