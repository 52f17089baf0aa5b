import type { NodeSelector, ResourceV1 } from '#api'
import type { Stored } from '#machinery'
import { formatQuantity } from '#machinery/quantity'
import type { Amounts } from './amounts.ts'
import type { Slice } from './pools.ts'
import type { Wanted } from './requests.ts'

type Allocation = ResourceV1.AllocationResult
type Requirement = NonNullable<NodeSelector['nodeSelectorTerms'][number]['matchFields']>[number]

/** A device that the search has settled on for a request. */
export interface Chosen {
  readonly wanted: Wanted
  readonly device: ResourceV1.Device
  readonly slice: Slice
  /** What a share of the device takes of it; undefined where the claim has all of it. */
  readonly consumed?: Amounts
}

/** What is written into a claim: `selected` is which alternative of each of its requests was taken. */
export function allocationOf(
  { spec }: Stored<ResourceV1.ResourceClaim>,
  chosen: readonly Chosen[],
  selected: readonly (Wanted | undefined)[],
  more: { readonly node: string; readonly shareId: () => string },
): Allocation {
  const config = [...classConfigs(selected), ...claimConfigs(spec.devices, selected)]
  const nodeSelector = nodeSelectorOf(chosen, more.node)
  return {
    devices: {
      ...(chosen.length > 0 && { results: chosen.map((each) => resultOf(each, more.shareId)) }),
      ...(config.length > 0 && { config }),
    },
    ...(nodeSelector && { nodeSelector }),
  }
}

function resultOf(
  { wanted, device, slice, consumed }: Chosen,
  shareId: () => string,
): ResourceV1.DeviceRequestAllocationResult {
  const { bindingConditions, bindingFailureConditions } = device
  const { tolerations } = wanted.request
  return {
    request: wanted.name,
    driver: slice.spec.driver,
    pool: slice.spec.pool.name,
    device: device.name,
    ...(wanted.adminAccess && { adminAccess: true }),
    ...(tolerations && { tolerations }),
    ...(bindingConditions && { bindingConditions }),
    ...(bindingFailureConditions && { bindingFailureConditions }),
    ...(consumed && { shareID: shareId() }),
    ...(consumed?.size && {
      consumedCapacity: Object.fromEntries(
        [...consumed].map(([name, amount]) => [name, formatQuantity(amount)]),
      ),
    }),
  }
}

/** What each class has configured, once, for all the requests that got devices of it. */
function classConfigs(selected: readonly (Wanted | undefined)[]) {
  const byClass = new Map<string, { readonly wanted: Wanted; readonly requests: string[] }>()
  for (const wanted of selected) {
    if (!wanted) continue
    const known = byClass.get(wanted.deviceClass.metadata.name)
    if (known) known.requests.push(wanted.name)
    else byClass.set(wanted.deviceClass.metadata.name, { wanted, requests: [wanted.name] })
  }
  return [...byClass.values()].flatMap(({ wanted, requests }) =>
    (wanted.deviceClass.spec.config ?? []).map((config) => ({
      ...{ source: 'FromClass', requests },
      ...config,
    })),
  )
}

/** Upstream writes a configuration once for each request that it names. */
function claimConfigs(
  devices: ResourceV1.DeviceClaim | undefined,
  selected: readonly (Wanted | undefined)[],
) {
  return (devices?.config ?? []).flatMap((config) => {
    const written = { source: 'FromClaim', ...config }
    const { requests = [] } = config
    if (requests.length === 0) return [written]
    return selected
      .filter(
        (wanted) => wanted && [wanted.ref.name, wanted.name].some((n) => requests.includes(n)),
      )
      .map(() => written)
  })
}

/** From where all of the devices can be reached; undefined for from everywhere. */
function nodeSelectorOf(chosen: readonly Chosen[], node: string): NodeSelector | undefined {
  const fields: Requirement[] = []
  const expressions: Requirement[] = []
  for (const { device, slice } of chosen) {
    const { nodeName, nodeSelector } = slice.spec.perDeviceNodeSelection ? device : slice.spec
    if (nodeName !== undefined || device.bindsToNode) {
      const own = { key: 'metadata.name', operator: 'In', values: [node] }
      return { nodeSelectorTerms: [{ matchFields: [own] }] }
    }
    const [term] = nodeSelector?.nodeSelectorTerms ?? []
    addNew(fields, term?.matchFields)
    addNew(expressions, term?.matchExpressions)
  }
  if (fields.length === 0 && expressions.length === 0) return undefined
  return {
    nodeSelectorTerms: [
      {
        ...(expressions.length > 0 && { matchExpressions: expressions }),
        ...(fields.length > 0 && { matchFields: fields }),
      },
    ],
  }
}

function addNew(known: Requirement[], added: readonly Requirement[] = []): void {
  const keyOf = ({ key, operator, values = [] }: Requirement) =>
    `${key} ${operator} ${[...new Set(values)].sort().join(',')}`
  for (const requirement of added) {
    if (!known.some((each) => keyOf(each) === keyOf(requirement))) known.push(requirement)
  }
}
