import type { ContainerStatus, ResourceRequirements } from '#api'
import { formatQuantity, milliQuantity, quantityOf } from '#machinery/quantity'
import type { LinuxResources } from '#runtime'
import {
  leastMilliCpuLimit,
  leastShares,
  milliCpu,
  quotaToMilli,
  sharesToMilli,
} from '../containers/resources.ts'
import type { AnyContainer } from '../model/containers.ts'
import type { ObservedContainer } from '../model/observed.ts'

type Amounts = ResourceRequirements['limits']
type ReportedResources = Pick<ContainerStatus, 'resources' | 'allocatedResources'>

/** What was granted to a container, and what of it is in force (upstream: convertContainerStatusResources). */
export function containerResources(
  container: AnyContainer,
  newest: ObservedContainer,
  previous: ContainerStatus | undefined,
): ReportedResources {
  const granted = ('resources' in container && container.resources) || {}
  const { requests } = granted
  const resources =
    newest.state === 'running'
      ? inForce(granted, newest, reportedResources(newest, previous))
      : granted
  const isAllocated = requests !== undefined && Object.keys(requests).length > 0
  return { resources, ...(isAllocated && { allocatedResources: requests }) }
}

/** What has been told of this very instance while it ran. */
function reportedResources(
  { id }: ObservedContainer,
  previous: ContainerStatus | undefined,
): ResourceRequirements {
  const isSame = previous?.state?.running && previous.containerID === `containerd://${id}`
  return (isSame && previous.resources) || {}
}

function inForce(
  granted: ResourceRequirements,
  { resources: found = {} }: ObservedContainer,
  reported: ResourceRequirements,
): ResourceRequirements {
  const { requests, limits } = granted
  return {
    ...granted,
    ...(requests && {
      requests: {
        ...requests,
        ...cpuOf(cpuRequest(found), requests, reported.requests, leastShares),
      },
    }),
    ...(limits && {
      limits: {
        ...limits,
        ...cpuOf(cpuLimit(found), limits, reported.limits, leastMilliCpuLimit),
        ...memoryOf(found.memoryLimitBytes, reported.limits),
      },
    }),
  }
}

/** The least that a runtime gives shows as it was asked for. */
function cpuOf(
  found: number | undefined,
  granted: Amounts,
  reported: Amounts,
  least: number,
): Amounts {
  if (found === undefined) return keep('cpu', reported)
  if (found <= least && (milliCpu(granted) ?? 0) <= least) return {}
  return { cpu: formatQuantity(milliQuantity(found)) }
}

function memoryOf(found: number | undefined, reported: Amounts): Amounts {
  return found
    ? { memory: formatQuantity(quantityOf(found, 'BinarySI')) }
    : keep('memory', reported)
}

function keep(name: string, reported: Amounts): Amounts {
  const value = reported?.[name]
  return value === undefined ? {} : { [name]: value }
}

function cpuRequest({ cpuShares }: LinuxResources): number | undefined {
  return cpuShares ? sharesToMilli(cpuShares) : undefined
}

function cpuLimit({ cpuQuotaUs = 0, cpuPeriodUs = 0 }: LinuxResources): number | undefined {
  return cpuQuotaUs > 0 && cpuPeriodUs > 0 ? quotaToMilli(cpuQuotaUs, cpuPeriodUs) : undefined
}
