import {
  type Pod,
  type PodSpec,
  type PodStatus,
  podLimits,
  podRequests,
  type ResourceAmounts,
} from '#api'
import { derived } from '#lib'
import { formatQuantity, milliQuantity, quantityOf } from '#machinery/quantity'
import {
  leastMilliCpuLimit,
  leastShares,
  podCgroupLimits,
  quotaToMilli,
  sharesToMilli,
} from '../containers/resources.ts'
import { qosOf } from '../model/qos.ts'
import type { PodPhase } from './phase.ts'

type List = Readonly<Record<string, string>>

/**
 * What was granted to a pod as a whole, and of one that runs what its cgroup holds it to (upstream:
 * convertToAPIPodLevelResourcesStatus). Shares show as they were given: upstream 1.36 reads back
 * what cgroups of version 2 round them to, and later versions no longer do.
 */
export function podResources(pod: Pod, phase: PodPhase): PodResources {
  const { spec } = pod
  const isRunning = phase === 'Running'
  if (!spec) return work(pod, isRunning)
  return isRunning ? ofRunning(spec, pod) : ofOther(spec, pod)
}

type PodResources = Pick<PodStatus, 'allocatedResources' | 'resources'>

// Statuses are made again and again of the same spec.
const ofRunning = derived((_: PodSpec, pod: Pod) => work(pod, true))
const ofOther = derived((_: PodSpec, pod: Pod) => work(pod, false))

function work(pod: Pod, isRunning: boolean): PodResources {
  const granted = listOf(podRequests(pod))
  const { requests, limits } = isRunning
    ? inForce(pod, granted)
    : { requests: granted, limits: listOf(podLimits(pod)) }
  return {
    ...(isEmpty(granted) ? {} : { allocatedResources: granted }),
    resources: {
      ...(isEmpty(requests) ? {} : { requests }),
      ...(isEmpty(limits) ? {} : { limits }),
    },
  }
}

function inForce(pod: Pod, { memory }: List): { readonly requests: List; readonly limits: List } {
  const own = pod.spec?.resources ?? {}
  const {
    cpuShares = 0,
    cpuQuotaUs,
    cpuPeriodUs,
    memoryBytes,
  } = podCgroupLimits(pod, qosOf(pod), undefined)
  const requested = sharesToMilli(cpuShares)
  const limit = cpuQuotaUs && cpuPeriodUs ? quotaToMilli(cpuQuotaUs, cpuPeriodUs) : 0
  return {
    requests: {
      ...(memory === undefined ? {} : { memory }),
      ...own.requests,
      ...(requested > leastShares ? { cpu: formatQuantity(milliQuantity(requested)) } : {}),
    },
    limits: {
      ...own.limits,
      ...(limit > leastMilliCpuLimit ? { cpu: formatQuantity(milliQuantity(limit)) } : {}),
      ...(memoryBytes ? { memory: formatQuantity(quantityOf(memoryBytes, 'BinarySI')) } : {}),
    },
  }
}

function listOf(amounts: ResourceAmounts): List {
  return Object.fromEntries([...amounts].map(([name, amount]) => [name, formatQuantity(amount)]))
}

function isEmpty(list: List): boolean {
  return Object.keys(list).length === 0
}
