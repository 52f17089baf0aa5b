import type { Pod, ResourceFieldSelector } from '#api'
import { quantityMilliValue, quantityValue, tryParseQuantity } from '#machinery'
import { type AnyContainer, containersOf, initContainersOf } from './containers.ts'
import { ConfigError } from './errors.ts'

export interface ResourceSources {
  readonly pod: Pod
  /** The node's allocatable resources: the limit of a container that sets none. */
  readonly allocatable: Readonly<Record<string, string>>
}

/** A container's request or limit, divided and rounded up (upstream: ExtractContainerResourceValue). */
export function resourceFieldValue(
  selector: ResourceFieldSelector,
  own: AnyContainer | undefined,
  { pod, allocatable }: ResourceSources,
): string {
  const container = selector.containerName ? byName(pod, selector.containerName) : own
  if (!container) throw new ConfigError(`container ${selector.containerName} not found`)
  const resources = ('resources' in container && container.resources) || {}
  const [list = '', ...rest] = selector.resource.split('.')
  const name = rest.join('.')
  const isLimit = list === 'limits'
  const text =
    (isLimit ? resources.limits : resources.requests)?.[name] ??
    (isLimit ? allocatable[name] : undefined)
  const quantity = tryParseQuantity(text ?? '0')
  const divisor = tryParseQuantity(selector.divisor || '1')
  if (!quantity || !divisor)
    throw new ConfigError(`unsupported container resource : ${selector.resource}`)
  return name === 'cpu'
    ? String(divideUp(quantityMilliValue(quantity), quantityMilliValue(divisor)))
    : String(divideUp(quantityValue(quantity), quantityValue(divisor)))
}

function byName(pod: Pod, name: string): AnyContainer | undefined {
  return [...containersOf(pod), ...initContainersOf(pod)].find(
    (container) => container.name === name,
  )
}

function divideUp(value: number, by: number): number {
  return by === 0 ? value : Math.ceil(value / by)
}
