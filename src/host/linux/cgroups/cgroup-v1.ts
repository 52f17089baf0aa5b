import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CgroupLimits, CgroupUsage } from '../../model/cgroups.ts'
import { childGroups, makeGroup, readNumber, readTable, writeControl } from './cgroup-files.ts'
import type { CgroupHierarchy, ControllerMounts } from './cgroup-hierarchy.ts'

/** Version 1: one tree per controller (and perhaps a version 2 tree beside them, without any). */
export function cgroupV1(mounts: ControllerMounts): CgroupHierarchy {
  const mountPoints = [...new Set(mounts.values())]
  const at = (controller: string, path: string) => {
    const mount = mounts.get(controller)
    return mount === undefined ? undefined : join(mount, path)
  }
  return {
    version: 1,
    mountPoints,
    create: async (path) => {
      for (const mount of mountPoints) await makeGroup(join(mount, path))
      const cpuset = mounts.get('cpuset')
      if (cpuset !== undefined) await inheritCpuset(cpuset, path)
    },
    apply: async (path, limits) => {
      for (const { controller, file, value } of controlsOf(limits)) {
        const directory = at(controller, path)
        if (directory !== undefined) await writeControl(directory, file, value)
      }
    },
    usage: (path) => readUsage((controller) => at(controller, path)),
  }
}

interface Control {
  readonly controller: string
  readonly file: string
  readonly value: number
}

/** The period goes before the quota: a quota is judged against the period in force. */
function controlsOf(limits: CgroupLimits): readonly Control[] {
  const controls: Control[] = []
  const add = (controller: string, file: string, value: number | undefined) => {
    if (value !== undefined) controls.push({ controller, file, value })
  }
  add('cpu', 'cpu.shares', limits.cpuShares)
  add('cpu', 'cpu.cfs_period_us', limits.cpuPeriodUs)
  add('cpu', 'cpu.cfs_quota_us', limits.cpuQuotaUs)
  add('memory', 'memory.limit_in_bytes', limits.memoryBytes)
  add('pids', 'pids.max', limits.pids)
  for (const [size, bytes] of Object.entries(limits.hugePages ?? {})) {
    add('hugetlb', `hugetlb.${size}.limit_in_bytes`, bytes)
  }
  return controls
}

/** A new cpuset is empty and then admits no process, so each level takes over its parent's. */
async function inheritCpuset(mount: string, path: string): Promise<void> {
  let parent = mount
  for (const step of path.split('/').filter(Boolean)) {
    const child = join(parent, step)
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const own = await readFile(join(child, file), 'utf8')
      if (own.trim() !== '') continue
      await writeControl(child, file, (await readFile(join(parent, file), 'utf8')).trim())
    }
    parent = child
  }
}

async function readUsage(
  at: (controller: string) => string | undefined,
): Promise<CgroupUsage | undefined> {
  const memory = at('memory') ?? ''
  const memoryBytes = await readNumber(memory, 'memory.usage_in_bytes')
  const cpuNs = await readNumber(at('cpuacct') ?? '', 'cpuacct.usage')
  if (memoryBytes === undefined && cpuNs === undefined) return undefined
  const stat = await readTable(memory, 'memory.stat')
  return withoutAbsent({
    cpuNs,
    memoryBytes,
    workingSetBytes: workingSet(memoryBytes, stat.get('total_inactive_file')),
    rssBytes: stat.get('total_rss'),
    pageFaults: stat.get('total_pgfault'),
    majorPageFaults: stat.get('total_pgmajfault'),
    pids: await readNumber(at('pids') ?? '', 'pids.current'),
    oomKills: await countOomKills(memory),
  })
}

/** Usage without the cache that can be dropped at once, never below zero. */
export function workingSet(
  usageBytes: number | undefined,
  inactiveFileBytes: number | undefined,
): number | undefined {
  if (usageBytes === undefined) return undefined
  return Math.max(0, usageBytes - (inactiveFileBytes ?? 0))
}

/** Leaves out what has no value, as optional properties want it. */
export function withoutAbsent(
  usage: {
    readonly [Key in keyof CgroupUsage]: CgroupUsage[Key] | undefined
  },
): CgroupUsage {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== undefined))
}

/** The counter of version 1 does not include the groups below. */
async function countOomKills(directory: string): Promise<number | undefined> {
  const own = (await readTable(directory, 'memory.oom_control')).get('oom_kill')
  let total = own
  for (const child of (await childGroups(directory)) ?? []) {
    total = (total ?? 0) + ((await countOomKills(join(directory, child))) ?? 0)
  }
  return total
}
