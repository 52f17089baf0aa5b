/** What a pod asks of a node, as the scheduler, quotas and the kubelet count it. */
import {
  addQuantities,
  compareQuantities,
  type Quantity,
  tryParseQuantity,
  zeroQuantity,
} from '#machinery/quantity'
import type {
  Container,
  ContainerStatus,
  Pod,
  ResourceRequirements,
} from '../../../../generated/types/index.ts'
import { isSidecar } from './containers.ts'

/** Quantities by the name of the resource: `cpu`, `memory`, `example.com/gpu`. */
export type ResourceAmounts = ReadonlyMap<string, Quantity>

type ResourceList = Readonly<Record<string, string>> | undefined

/** Says which amounts count when the requests of a pod are summed up. */
export interface RequestOptions {
  /**
   * Counts what the kubelet has already granted when that is more than the spec asks: while a
   * resize is under way the node must hold both.
   */
  readonly useStatus?: boolean
}

/**
 * The requests of a whole pod (upstream: component-helpers `PodRequests`): the larger of what its
 * containers and sidecars need together and what each init container needs beside the sidecars
 * started before it; the pod's own requests instead where it names them; and the overhead.
 */
export function podRequests(pod: Pod, options: RequestOptions = {}): ResourceAmounts {
  const statuses = options.useStatus ? statusesOf(pod) : undefined
  return podAmounts(pod, pod.spec?.resources?.requests, (container) =>
    containerRequests(container, statuses?.get(container.name)),
  )
}

/** The limits of a whole pod, counted as its requests are; overhead counts only where limited. */
export function podLimits(pod: Pod, options: RequestOptions = {}): ResourceAmounts {
  const own = pod.spec?.resources?.limits
  const statuses = options.useStatus ? statusesOf(pod) : undefined
  const limitsOf = ({ name, resources }: Container) => {
    const wanted = amountsOf(resources?.limits)
    const actual = statuses?.get(name)?.resources
    return actual ? maxAmounts(wanted, amountsOf(actual.limits)) : wanted
  }
  return podAmounts(pod, own, limitsOf, true)
}

/** The quantities of a list; what cannot be read counts as nothing. */
export function amountsOf(list: ResourceList): ResourceAmounts {
  const amounts = new Map<string, Quantity>()
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = tryParseQuantity(text)
    if (quantity) amounts.set(name, quantity)
  }
  return amounts
}

/** The sum, name by name. */
export function addAmounts(a: ResourceAmounts, b: ResourceAmounts): ResourceAmounts {
  return merge(a, b, addQuantities)
}

/** The larger, name by name. */
export function maxAmounts(a: ResourceAmounts, b: ResourceAmounts): ResourceAmounts {
  return merge(a, b, (x, y) => (compareQuantities(x, y) < 0 ? y : x))
}

const nothing: ResourceAmounts = new Map()

function podAmounts(
  pod: Pod,
  own: ResourceList,
  amounts: (container: Container) => ResourceAmounts,
  onlyLimited = false,
): ResourceAmounts {
  const { containers = [], initContainers = [], overhead } = pod.spec ?? {}
  let together = containers.map(amounts).reduce(addAmounts, nothing)
  let sidecars = nothing
  let starting = nothing
  for (const container of initContainers) {
    const needed = amounts(container)
    if (isSidecar(container)) {
      together = addAmounts(together, needed)
      sidecars = addAmounts(sidecars, needed)
    }
    starting = maxAmounts(starting, isSidecar(container) ? sidecars : addAmounts(needed, sidecars))
  }
  const total = override(maxAmounts(together, starting), amountsOf(own))
  return addOverhead(total, amountsOf(overhead), onlyLimited)
}

/** Only these may be given for a pod as a whole. */
export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')
}

function override(amounts: ResourceAmounts, own: ResourceAmounts): ResourceAmounts {
  const named = [...own].filter(([name]) => isPodLevelResource(name))
  return named.length === 0 ? amounts : new Map([...amounts, ...named])
}

function addOverhead(
  amounts: ResourceAmounts,
  overhead: ResourceAmounts,
  onlyLimited: boolean,
): ResourceAmounts {
  const counted = [...overhead].filter(([name]) => !onlyLimited || isLimited(amounts, name))
  return addAmounts(amounts, new Map(counted))
}

function isLimited(amounts: ResourceAmounts, name: string): boolean {
  return compareQuantities(amounts.get(name) ?? zeroQuantity, zeroQuantity) !== 0
}

function containerRequests(
  { resources }: { readonly resources?: ResourceRequirements },
  status: ContainerStatus | undefined,
): ResourceAmounts {
  const wanted = amountsOf(resources?.requests)
  if (!status?.resources) return wanted
  const granted = maxAmounts(
    amountsOf(status.resources.requests),
    amountsOf(status.allocatedResources),
  )
  return maxAmounts(wanted, granted)
}

function statusesOf({ status }: Pod): ReadonlyMap<string, ContainerStatus> {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  return new Map(all.map((each) => [each.name, each]))
}

function merge(
  a: ResourceAmounts,
  b: ResourceAmounts,
  join: (x: Quantity, y: Quantity) => Quantity,
): ResourceAmounts {
  if (a.size === 0) return b
  if (b.size === 0) return a
  const merged = new Map(a)
  for (const [name, value] of b) {
    const present = merged.get(name)
    merged.set(name, present ? join(present, value) : value)
  }
  return merged
}
