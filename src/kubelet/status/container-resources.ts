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
type Told = Pick<ContainerStatus, 'resources' | 'allocatedResources'>

/** What was granted to a container, and what of it is in force (upstream: convertContainerStatusResources). */
export function containerResources(
  container: AnyContainer,
  newest: ObservedContainer,
  previous: ContainerStatus | undefined,
): Told {
  const granted = ('resources' in container && container.resources) || {}
  const { requests } = granted
  const resources =
    newest.state === 'running' ? inForce(granted, newest, toldOf(newest, previous)) : granted
  const isAllocated = requests !== undefined && Object.keys(requests).length > 0
  return { resources, ...(isAllocated && { allocatedResources: requests }) }
}

/** What has been told of this very instance while it ran. */
function toldOf(
  { id }: ObservedContainer,
  previous: ContainerStatus | undefined,
): ResourceRequirements {
  const isSame = previous?.state?.running && previous.containerID === `containerd://${id}`
  return (isSame && previous.resources) || {}
}

function inForce(
  granted: ResourceRequirements,
  { resources: found = {} }: ObservedContainer,
  told: ResourceRequirements,
): ResourceRequirements {
  const { requests, limits } = granted
  return {
    ...granted,
    ...(requests && {
      requests: { ...requests, ...cpuOf(cpuRequest(found), requests, told.requests, leastShares) },
    }),
    ...(limits && {
      limits: {
        ...limits,
        ...cpuOf(cpuLimit(found), limits, told.limits, leastMilliCpuLimit),
        ...memoryOf(found.memoryLimitBytes, told.limits),
      },
    }),
  }
}

/** The least that a runtime gives shows as it was asked for. */
function cpuOf(found: number | undefined, granted: Amounts, told: Amounts, least: number): Amounts {
  if (found === undefined) return keep('cpu', told)
  if (found <= least && (milliCpu(granted) ?? 0) <= least) return {}
  return { cpu: formatQuantity(milliQuantity(found)) }
}

function memoryOf(found: number | undefined, told: Amounts): Amounts {
  return found ? { memory: formatQuantity(quantityOf(found, 'BinarySI')) } : keep('memory', told)
}

function keep(name: string, told: Amounts): Amounts {
  const value = told?.[name]
  return value === undefined ? {} : { [name]: value }
}

function cpuRequest({ cpuShares }: LinuxResources): number | undefined {
  return cpuShares ? sharesToMilli(cpuShares) : undefined
}

function cpuLimit({ cpuQuotaUs = 0, cpuPeriodUs = 0 }: LinuxResources): number | undefined {
  return cpuQuotaUs > 0 && cpuPeriodUs > 0 ? quotaToMilli(cpuQuotaUs, cpuPeriodUs) : undefined
}
