import type { ResourceRequirements } from '#api'
import { quantityNumber, tryParseQuantity } from '#machinery/quantity'
import type { LinuxResources } from '#runtime'
import type { AnyContainer } from '../model/containers.ts'
import type { ObservedContainer } from '../model/observed.ts'

/** What is to be done about a running container whose resources are others than it was granted. */
export type ResizeAction = 'none' | 'update' | 'restart'

interface Actual {
  /** What the container was given last, as far as is known. */
  readonly actuated: ResourceRequirements | undefined
  /** What it should have, as the runtime takes it. */
  readonly desired: LinuxResources
}

/** Decides by what the container was given last, or else by what the runtime shows (upstream: computePodResizeAction). */
export function resizeAction(
  container: AnyContainer,
  { state, resources: found }: ObservedContainer,
  { actuated, desired }: Actual,
): ResizeAction {
  if (state !== 'running') return 'none'
  const changed = actuated
    ? changedBetween(actuated, ('resources' in container && container.resources) || {})
    : changedInForce(found, desired)
  if (changed.length === 0) return 'none'
  const policies = ('resizePolicy' in container && container.resizePolicy) || []
  const restarts = policies.some(
    ({ resourceName, restartPolicy }) =>
      changed.includes(resourceName) && restartPolicy === 'RestartContainer',
  )
  return restarts ? 'restart' : 'update'
}

function changedBetween(a: ResourceRequirements, b: ResourceRequirements): readonly string[] {
  return ['cpu', 'memory'].filter(
    (name) =>
      amount(a.requests?.[name]) !== amount(b.requests?.[name]) ||
      amount(a.limits?.[name]) !== amount(b.limits?.[name]),
  )
}

function amount(text: string | undefined): number {
  const quantity = tryParseQuantity(text ?? '')
  return quantity ? quantityNumber(quantity) : 0
}

/** A runtime that shows nothing has what it was given. */
function changedInForce(found: LinuxResources = {}, desired: LinuxResources): readonly string[] {
  if (found.cpuShares === undefined) return []
  const isCpuSame = found.cpuShares === desired.cpuShares && quotaOf(found) === quotaOf(desired)
  const isMemorySame = (found.memoryLimitBytes ?? 0) === (desired.memoryLimitBytes ?? 0)
  return [...(isCpuSame ? [] : ['cpu']), ...(isMemorySame ? [] : ['memory'])]
}

const quotaOf = ({ cpuQuotaUs = 0 }: LinuxResources) => Math.max(0, cpuQuotaUs)
