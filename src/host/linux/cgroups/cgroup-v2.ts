import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CgroupLimits, CgroupUsage } from '../../model/cgroups.ts'
import { makeGroup, readNumber, readTable, writeControl } from './cgroup-files.ts'
import type { CgroupHierarchy } from './cgroup-hierarchy.ts'
import { withoutAbsent, workingSet } from './cgroup-v1.ts'

const wantedControllers = ['cpu', 'cpuset', 'memory', 'pids', 'hugetlb', 'io']
const defaultPeriodUs = 100_000

/** Version 2: one tree; each parent must hand its controllers down. */
export function cgroupV2(mount: string): CgroupHierarchy {
  return {
    version: 2,
    mountPoints: [mount],
    create: async (path) => {
      let parent = mount
      for (const step of path.split('/').filter(Boolean)) {
        await handDown(parent)
        parent = join(parent, step)
        await makeGroup(parent)
      }
      await handDown(parent)
    },
    apply: async (path, limits) => {
      for (const [file, value] of await controlsOf(join(mount, path), limits)) {
        await writeControl(join(mount, path), file, value)
      }
    },
    usage: (path) => readUsage(join(mount, path)),
  }
}

/**
 * Version 1's shares on version 2's scale, as the OCI runtimes convert since 2025: a curve through
 * (2, 1), (1024, 100) and (262144, 10000), so that both defaults meet.
 */
export function cpuWeight(shares: number): number {
  if (shares <= 2) return 1
  if (shares >= 262_144) return 10_000
  const log = Math.log2(shares)
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34))
}

async function handDown(directory: string): Promise<void> {
  const offered = (await readFile(join(directory, 'cgroup.controllers'), 'utf8')).trim().split(' ')
  const wanted = wantedControllers.filter((controller) => offered.includes(controller))
  if (wanted.length === 0) return
  const words = wanted.map((controller) => `+${controller}`).join(' ')
  await writeControl(directory, 'cgroup.subtree_control', words)
}

async function controlsOf(
  directory: string,
  limits: CgroupLimits,
): Promise<readonly (readonly [file: string, value: string | number])[]> {
  const controls: (readonly [string, string | number])[] = []
  const bounded = (value: number) => (value < 0 ? 'max' : value)
  if (limits.cpuShares !== undefined) controls.push(['cpu.weight', cpuWeight(limits.cpuShares)])
  if (limits.cpuQuotaUs !== undefined || limits.cpuPeriodUs !== undefined) {
    controls.push(['cpu.max', await cpuMax(directory, limits)])
  }
  if (limits.memoryBytes !== undefined) controls.push(['memory.max', bounded(limits.memoryBytes)])
  if (limits.pids !== undefined) controls.push(['pids.max', bounded(limits.pids)])
  for (const [size, bytes] of Object.entries(limits.hugePages ?? {})) {
    controls.push([`hugetlb.${size}.max`, bounded(bytes)])
  }
  return controls
}

/** Quota and period are one file; the one that is not given keeps its value. */
async function cpuMax(directory: string, limits: CgroupLimits): Promise<string> {
  const [quota = 'max', period] = (await readFile(join(directory, 'cpu.max'), 'utf8'))
    .trim()
    .split(' ')
  const wanted = limits.cpuQuotaUs
  const newQuota = wanted === undefined ? quota : wanted < 0 ? 'max' : String(wanted)
  return `${newQuota} ${limits.cpuPeriodUs ?? period ?? defaultPeriodUs}`
}

async function readUsage(directory: string): Promise<CgroupUsage | undefined> {
  const cpu = await readTable(directory, 'cpu.stat')
  if (cpu.size === 0) return undefined
  const stat = await readTable(directory, 'memory.stat')
  const usageUs = cpu.get('usage_usec')
  const memoryBytes = await readNumber(directory, 'memory.current')
  return withoutAbsent({
    cpuNs: usageUs === undefined ? undefined : usageUs * 1000,
    memoryBytes,
    workingSetBytes: workingSet(memoryBytes, stat.get('inactive_file')),
    rssBytes: stat.get('anon'),
    pageFaults: stat.get('pgfault'),
    majorPageFaults: stat.get('pgmajfault'),
    pids: await readNumber(directory, 'pids.current'),
    oomKills: (await readTable(directory, 'memory.events')).get('oom_kill'),
  })
}
