import { type Container, isSidecar, type Pod, type ResourceV1 } from '#api'
import { parseQuantity, quantityValue } from '#machinery/quantity'

export type RequestMapping = NonNullable<
  NonNullable<Pod['status']>['extendedResourceClaimStatus']
>['requestMappings'][number]

/** What is asked of devices in place of extended resources, and for which containers. */
export interface ExtendedRequests {
  readonly requests: readonly ResourceV1.DeviceRequest[]
  readonly mappings: readonly RequestMapping[]
}

/** A request of a container for one resource; `count` devices of a class. */
interface Asked {
  readonly name: string
  readonly count: number
}

/**
 * The requests for devices of classes that stand for resources, by the resources' names (upstream:
 * createRequestsAndMappings). Init containers use what those have that start later, and share what they need besides.
 */
export function extendedRequests(
  { spec }: Pod,
  classes: ReadonlyMap<string, string>,
): ExtendedRequests {
  const inits = spec?.initContainers ?? []
  const containers = [...inits, ...(spec?.containers ?? [])]
  const isShort = (i: number) => {
    const init = inits[i]
    return init !== undefined && !isSidecar(init)
  }
  const requests: ResourceV1.DeviceRequest[] = []
  const mappings: RequestMapping[] = []
  for (const resource of [...classes.keys()].sort()) {
    const long = containers.map((container, i) =>
      isShort(i) ? undefined : askedBy(container, i, resource, []),
    )
    const lasting = long.map((each) => each?.asked)
    const short = containers.map((container, i) =>
      isShort(i) ? askedBy(container, i, resource, lasting.slice(i)) : undefined,
    )
    const most = short
      .flatMap((each) => each?.asked ?? [])
      .reduce<Asked | undefined>((a, b) => (a && a.count >= b.count ? a : b), undefined)
    const shared = new Set(short.flatMap((each) => each?.asked?.name ?? []))
    const kept = [most, ...lasting].filter((each) => each !== undefined)
    const deviceClassName = classes.get(resource) ?? ''
    for (const { name, count } of kept) {
      requests.push({ name, exactly: { deviceClassName, allocationMode: 'ExactCount', count } })
    }
    mappings.push(...long.flatMap((each) => each?.mappings ?? []))
    for (const mapping of short.flatMap((each) => each?.mappings ?? [])) {
      const isOwn = shared.has(mapping.requestName)
      mappings.push(isOwn && most ? { ...mapping, requestName: most.name } : mapping)
    }
  }
  return { requests: requests.sort((a, b) => (a.name < b.name ? -1 : 1)), mappings }
}

function askedBy(
  { name: containerName, resources }: Container,
  index: number,
  resourceName: string,
  reusable: readonly (Asked | undefined)[],
): { readonly asked?: Asked; readonly mappings: readonly RequestMapping[] } {
  const wanted = resources?.requests ?? {}
  const amount = wanted[resourceName]
  const count = amount === undefined ? 0 : quantityValue(parseQuantity(amount))
  if (count === 0) return { mappings: [] }
  const mapping = (requestName: string) => ({ containerName, resourceName, requestName })
  const mappings: RequestMapping[] = []
  let found = 0
  for (const each of reusable) {
    if (!each) continue
    found += each.count
    mappings.push(mapping(each.name))
    if (found >= count) return { mappings }
  }
  const place = Object.keys(wanted).sort().indexOf(resourceName)
  const asked = { name: `container-${index}-request-${place}`, count: count - found }
  return { asked, mappings: [...mappings, mapping(asked.name)] }
}
