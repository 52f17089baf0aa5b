/** What a cgroup's files tell of: as the runtime sets it. */
export interface CgroupFileLimits {
  readonly cpuPeriodUs?: number
  readonly cpuQuotaUs?: number
  readonly cpuShares?: number
  readonly memoryLimitBytes?: number
}

const periodUs = 100_000

/** The files of a cgroup of version 2 that tell of limits, by their names. */
export const cgroupFiles: Readonly<Record<string, (limits: CgroupFileLimits) => string>> = {
  'cpu.max': ({ cpuQuotaUs = -1, cpuPeriodUs = periodUs }) =>
    `${cpuQuotaUs > 0 ? cpuQuotaUs : 'max'} ${cpuPeriodUs}\n`,
  'cpu.weight': ({ cpuShares = 2 }) => `${cpuWeight(cpuShares)}\n`,
  'memory.max': ({ memoryLimitBytes = 0 }) =>
    `${memoryLimitBytes > 0 ? memoryLimitBytes : 'max'}\n`,
}

/** As the kubelet turns shares into a weight. */
function cpuWeight(shares: number): number {
  if (shares <= 2) return 1
  return Math.min(10_000, Math.trunc(1 + ((shares - 2) * 9999) / 262_142))
}
