import { type Container, type Pod, podLimits, podRequests, type ResourceRequirements } from '#api'
import type { CgroupLimits, PodQos } from '#host'
import {
  quantityMilliValue,
  quantityNumber,
  quantityValue,
  tryParseQuantity,
  zeroQuantity,
} from '#machinery/quantity'
import type { LinuxResources } from '#runtime'
import type { AnyContainer } from '../model/containers.ts'

const cpuPeriodUs = 100_000
/** The kernel gives no less (upstream: MinShares, MinMilliCPULimit). */
export const leastShares = 2
export const leastMilliCpuLimit = 10
const maxShares = 262_144
const minQuotaUs = 1000

export function milliCpu(list: ResourceRequirements['limits'], name = 'cpu'): number | undefined {
  const quantity = tryParseQuantity(list?.[name] ?? '')
  return quantity && quantityMilliValue(quantity)
}

function bytes(list: ResourceRequirements['limits'], name = 'memory'): number | undefined {
  const quantity = tryParseQuantity(list?.[name] ?? '')
  return quantity && quantityValue(quantity)
}

/** 1000 milli-CPUs weigh 1024 (upstream: MilliCPUToShares). */
function cpuShares(milli: number): number {
  if (milli === 0) return leastShares
  return Math.min(maxShares, Math.max(leastShares, Math.floor((milli * 1024) / 1000)))
}

/** As upstream reads shares back (SharesToMilliCPU). */
export function sharesToMilli(shares: number): number {
  return Math.ceil((shares * 1000) / 1024)
}

export function quotaToMilli(quotaUs: number, periodUs: number): number {
  return Math.floor((quotaUs * 1000) / periodUs)
}

/** Microseconds of CPU per period; undefined without a limit (upstream: MilliCPUToQuota). */
function cpuQuotaUs(milli: number | undefined): number | undefined {
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
function oomScore(qos: PodQos, requestBytes: number, capacityBytes: number): number {
  if (qos === 'Guaranteed') return -997
  if (qos === 'BestEffort' || capacityBytes === 0) return 1000
  const score = 1000 - Math.floor((1000 * requestBytes) / capacityBytes)
  return Math.min(999, Math.max(3, score))
}

/** The pod's own cgroup: limited where the pod is, or every one of its containers (upstream: ResourceConfigForPod). */
export function podCgroupLimits(pod: Pod, qos: PodQos, pids: number | undefined): CgroupLimits {
  const requested = podRequests(pod).get('cpu')
  const limits = podLimits(pod)
  const [cpu, memory] = [limits.get('cpu'), limits.get('memory')]
  const quota = cpu && isLimited(pod, 'cpu') ? cpuQuotaUs(quantityMilliValue(cpu)) : undefined
  const memoryBytes = memory && isLimited(pod, 'memory') ? quantityValue(memory) : undefined
  return {
    cpuShares:
      qos === 'BestEffort' || !requested ? leastShares : cpuShares(quantityMilliValue(requested)),
    ...(quota === undefined ? {} : { cpuQuotaUs: quota, cpuPeriodUs }),
    ...(memoryBytes ? { memoryBytes } : {}),
    ...(pids === undefined ? {} : { pids }),
  }
}

/** The pod itself says so, or every one of its containers does. */
function isLimited({ spec }: Pod, name: string): boolean {
  if (spec?.resources?.limits?.[name] !== undefined) return true
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  const limitOf = ({ resources }: Container) => tryParseQuantity(resources?.limits?.[name] ?? '')
  return all.every((container) => quantityNumber(limitOf(container) ?? zeroQuantity) > 0)
}
