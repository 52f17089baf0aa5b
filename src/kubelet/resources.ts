import type { Container, Pod, ResourceRequirements } from '#api'
import type { CgroupLimits, PodQos } from '#host'
import { quantityMilliValue, quantityValue, tryParseQuantity } from '#machinery'
import type { LinuxResources } from '#runtime'
import type { AnyContainer } from './containers.ts'

const cpuPeriodUs = 100_000
const minShares = 2
const maxShares = 262_144
const minQuotaUs = 1000

export function milliCpu(list: ResourceRequirements['limits'], name = 'cpu'): number | undefined {
  const quantity = tryParseQuantity(list?.[name] ?? '')
  return quantity && quantityMilliValue(quantity)
}

export function bytes(list: ResourceRequirements['limits'], name = 'memory'): number | undefined {
  const quantity = tryParseQuantity(list?.[name] ?? '')
  return quantity && quantityValue(quantity)
}

/** 1000 milli-CPUs weigh 1024 (upstream: MilliCPUToShares). */
export function cpuShares(milli: number): number {
  if (milli === 0) return minShares
  return Math.min(maxShares, Math.max(minShares, Math.floor((milli * 1024) / 1000)))
}

/** Microseconds of CPU per period; undefined without a limit (upstream: MilliCPUToQuota). */
export function cpuQuotaUs(milli: number | undefined): number | undefined {
  if (!milli) return undefined
  return Math.max(minQuotaUs, Math.floor((milli * cpuPeriodUs) / 1000))
}

/** A container's limits as the runtime takes them. A limit without a request is the request too. */
export function linuxResources(
  container: AnyContainer,
  qos: PodQos,
  node: { readonly memoryBytes: number },
): LinuxResources {
  const { limits, requests } = ('resources' in container && container.resources) || {}
  const requestMilli = milliCpu(requests) ?? milliCpu(limits) ?? 0
  const quota = cpuQuotaUs(milliCpu(limits))
  const memoryLimitBytes = bytes(limits)
  return {
    cpuShares: cpuShares(requestMilli),
    ...(quota === undefined ? {} : { cpuQuotaUs: quota, cpuPeriodUs }),
    ...(memoryLimitBytes ? { memoryLimitBytes } : {}),
    oomScoreAdj: oomScore(qos, bytes(requests) ?? memoryLimitBytes ?? 0, node.memoryBytes),
  }
}

/** Who the kernel kills first (upstream: GetContainerOOMScoreAdjust). */
export function oomScore(qos: PodQos, requestBytes: number, capacityBytes: number): number {
  if (qos === 'Guaranteed') return -997
  if (qos === 'BestEffort' || capacityBytes === 0) return 1000
  const score = 1000 - Math.floor((1000 * requestBytes) / capacityBytes)
  return Math.min(999, Math.max(3, score))
}

/** The pod's own cgroup: the sum of its containers, where every one of them sets a limit. */
export function podCgroupLimits(pod: Pod, qos: PodQos, pids: number | undefined): CgroupLimits {
  const containers = [...(pod.spec?.containers ?? []), ...sidecars(pod)]
  const sum = (of: (container: Container) => number | undefined) =>
    containers.reduce<number | undefined>((total, container) => {
      const value = of(container)
      return total === undefined || value === undefined ? undefined : total + value
    }, 0)
  const requested = containers.reduce(
    (total, { resources }) =>
      total + (milliCpu(resources?.requests) ?? milliCpu(resources?.limits) ?? 0),
    0,
  )
  const quota = cpuQuotaUs(sum(({ resources }) => milliCpu(resources?.limits) || undefined))
  const memoryBytes = sum(({ resources }) => bytes(resources?.limits) || undefined)
  return {
    cpuShares: qos === 'BestEffort' ? minShares : cpuShares(requested),
    ...(quota === undefined ? {} : { cpuQuotaUs: quota, cpuPeriodUs }),
    ...(memoryBytes ? { memoryBytes } : {}),
    ...(pids === undefined ? {} : { pids }),
  }
}

function sidecars(pod: Pod): readonly Container[] {
  return (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
}
