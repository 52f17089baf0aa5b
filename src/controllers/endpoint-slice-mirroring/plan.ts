import {
  type DiscoveryV1,
  type Endpoint,
  type EndpointAddress,
  type EndpointSlice,
  type EndpointSubset,
  type Endpoints,
  endpoints as endpointsResource,
  type Service,
  serviceNameLabel,
  sliceManagedByLabel,
} from '#api'
import { controllerReference, deepEqual, type Stored } from '#machinery'
import type { SliceAction } from '../endpoint-slice/plan.ts'

/** Whose slices these are, in their label. */
export const mirroredBy = 'endpointslicemirroring-controller.k8s.io'

/** Addresses of one subset that are mirrored (upstream: mirroring-max-endpoints-per-subset). */
const subsetCapacity = 1000

/** Annotations that tell of the Endpoints themselves. */
const notMirrored = [
  'endpoints.kubernetes.io/last-change-trigger-time',
  'kubectl.kubernetes.io/last-applied-configuration',
]

export interface Mirrored {
  readonly service: Stored<Service> | undefined
  readonly endpoints: Stored<Endpoints> | undefined
  /** Slices of this name that mirror. */
  readonly slices: readonly Stored<EndpointSlice>[]
}

export interface MirrorPlan {
  readonly actions: readonly SliceAction[]
  /** Addresses beyond what is mirrored of a subset. */
  readonly skipped: number
}

/** Brings the slices that mirror what a person wrote as Endpoints to what stands there. */
export function planMirror({ service, endpoints, slices }: Mirrored): MirrorPlan {
  const isMirrored = endpoints && isForMirroring(endpoints) && service && !service.spec?.selector
  const subsets = isMirrored ? repack(endpoints.subsets ?? []) : []
  const groups = groupsOf(subsets)
  const existing = Map.groupBy(slices, ({ addressType, ports }) => idOf(addressType, ports ?? []))
  const actions: SliceAction[] = []
  for (const [id, group] of groups) {
    const [held, ...surplus] = existing.get(id) ?? []
    if (endpoints) actions.push(...brought(held, sliceOf(endpoints, group)))
    existing.set(id, surplus)
  }
  for (const slice of [...existing.values()].flat()) actions.push({ kind: 'delete', slice })
  const skipped = subsets
    .map(({ addresses }) => Math.max(0, addresses.length - subsetCapacity))
    .reduce((sum, count) => sum + count, 0)
  return { actions, skipped }
}

function isForMirroring({ metadata }: Stored<Endpoints>): boolean {
  return (
    metadata.labels?.['endpointslice.kubernetes.io/skip-mirror'] !== 'true' &&
    metadata.annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined
  )
}

type NewSlice = Extract<SliceAction, { kind: 'create' }>['slice']

function brought(held: Stored<EndpointSlice> | undefined, wanted: NewSlice): SliceAction[] {
  if (!held) return [{ kind: 'create', slice: wanted }]
  const { labels = {}, annotations = {} } = wanted.metadata
  const metadata = { ...held.metadata, labels, annotations }
  const slice = { ...held, metadata, endpoints: wanted.endpoints ?? [] }
  const isSame =
    deepEqual(held.endpoints ?? [], slice.endpoints) &&
    deepEqual(held.metadata.labels ?? {}, labels) &&
    deepEqual(held.metadata.annotations ?? {}, annotations)
  return isSame ? [] : [{ kind: 'update', slice }]
}

/** Endpoints that have the same ports, of one family. */
interface Group {
  readonly type: 'IPv4' | 'IPv6'
  readonly ports: readonly DiscoveryV1.EndpointPort[]
  readonly endpoints: Endpoint[]
}

function groupsOf(subsets: readonly Repacked[]): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const { ports, addresses } of subsets) {
    for (const [address, ready] of addresses.slice(0, subsetCapacity)) {
      const type = address.ip.includes(':') ? 'IPv6' : 'IPv4'
      const id = idOf(type, ports)
      const group = groups.get(id) ?? { type, ports, endpoints: [] }
      groups.set(id, group)
      group.endpoints.push(endpointOf(address, ready))
    }
  }
  return groups
}

type Port = DiscoveryV1.EndpointPort
type Addresses = readonly (readonly [EndpointAddress, boolean])[]

interface Repacked {
  readonly ports: readonly Port[]
  /** Each with whether it is ready. */
  readonly addresses: Addresses
}

/** As few subsets as say the same (upstream: RepackSubsets): ports that have the same addresses share one. */
function repack(subsets: readonly EndpointSubset[]): readonly Repacked[] {
  const byPort = new Map<string, { ports: readonly Port[]; held: Map<string, Addresses[number]> }>()
  for (const subset of subsets) {
    for (const ports of portsOf(subset)) {
      const entry = byPort.get(idOf('', ports)) ?? { ports, held: new Map() }
      byPort.set(idOf('', ports), entry)
      for (const [address, ready] of addressesOf(subset)) {
        const id = `${address.ip} ${address.targetRef?.uid ?? ''}`
        // What is not ready anywhere is not ready.
        entry.held.set(id, [address, ready && (entry.held.get(id)?.[1] ?? true)])
      }
    }
  }
  const sorted = [...byPort.values()].map(({ ports, held }) => ({
    ports,
    held: [...held].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }))
  const same = Map.groupBy(sorted, ({ held }) => held.map(([id, [, ready]]) => id + ready).join())
  return [...same.values()].map((entries) => ({
    ports: entries.flatMap(({ ports }) => ports),
    addresses: (entries[0]?.held ?? []).map(([, address]) => address),
  }))
}

/** Each port by itself; a subset without any counts once. */
function portsOf({ ports = [] }: EndpointSubset): readonly (readonly Port[])[] {
  if (ports.length === 0) return [[]]
  return ports.map(({ name = '', port, protocol = 'TCP', appProtocol }) => [
    { name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) },
  ])
}

function addressesOf({ addresses = [], notReadyAddresses = [] }: EndpointSubset): Addresses {
  return [
    ...addresses.map((address) => [address, true] as const),
    ...notReadyAddresses.map((address) => [address, false] as const),
  ]
}

function endpointOf(
  { ip, hostname, nodeName, targetRef }: EndpointAddress,
  ready: boolean,
): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef ? { targetRef } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
  }
}

function idOf(type: string, ports: readonly DiscoveryV1.EndpointPort[]): string {
  const each = ports.map(({ name = '', port, protocol, appProtocol = '' }) =>
    JSON.stringify([name, port, protocol, appProtocol]),
  )
  return `${type} ${each.toSorted().join()}`
}

function sliceOf(written: Stored<Endpoints>, { type, ports, endpoints }: Group): NewSlice {
  const { name, namespace = '', labels, annotations = {} } = written.metadata
  const kept = Object.entries(annotations).filter(([key]) => !notMirrored.includes(key))
  return {
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [serviceNameLabel]: name, [sliceManagedByLabel]: mirroredBy },
      annotations: Object.fromEntries(kept),
      ownerReferences: [controllerReference(written, endpointsResource)],
    },
    addressType: type,
    endpoints,
    ports,
  }
}
