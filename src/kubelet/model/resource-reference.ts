import type { Pod, ResourceFieldSelector } from '#api'
import {
  parseQuantity,
  type Quantity,
  quantityMilliValue,
  quantityValue,
  tryParseQuantity,
} from '#machinery/quantity'
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
  const divisor = divisorOf(selector)
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
  return Math.ceil(value / by)
}

/** The API writes a divisor that nobody gave as 0; it stands for 1. */
function divisorOf({ divisor = '0' }: ResourceFieldSelector): Quantity | undefined {
  const given = tryParseQuantity(divisor)
  return given && quantityValue(given) === 0 ? parseQuantity('1') : given
}
