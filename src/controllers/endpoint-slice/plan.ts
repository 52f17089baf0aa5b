import {
  type DiscoveryV1,
  type Endpoint,
  type EndpointSlice,
  findPodPort,
  headlessServiceLabel,
  isPodReady,
  isPodTerminal,
  type Node,
  type Pod,
  type Service,
  serviceNameLabel,
  services,
  sliceManagedByLabel,
} from '#api'
import { controllerReference, deepEqual, type ObjectMeta, type Stored } from '#machinery'
import { withTriggerTime } from '../shared/trigger-times.ts'

export const managedBy = 'endpointslice-controller.k8s.io'
type EndpointPort = DiscoveryV1.EndpointPort

/** Endpoints of one slice (upstream: max-endpoints-per-slice). */
const sliceCapacity = 100

type AddressType = 'IPv4' | 'IPv6'

export interface Observed {
  readonly service: Stored<Service>
  /** Pods that the Service selects. */
  readonly pods: readonly Stored<Pod>[]
  /** Slices of the Service that this controller manages. */
  readonly slices: readonly Stored<EndpointSlice>[]
  readonly nodeOf: (name: string) => Stored<Node> | undefined
  /** When what the slices are to follow has changed, if that is known. */
  readonly triggerTime: string | undefined
}

export type SliceAction =
  | { readonly kind: 'create'; readonly slice: NewSlice }
  | { readonly kind: 'update'; readonly slice: Stored<EndpointSlice> }
  | { readonly kind: 'delete'; readonly slice: Stored<EndpointSlice> }

type NewSlice = EndpointSlice & { readonly metadata: ObjectMeta }

/** Brings the slices of a Service to what its pods are, changing as few slices as possible. */
export function planSlices(observed: Observed): readonly SliceAction[] {
  const wanted = new Map<string, Group>()
  for (const type of addressTypesOf(observed.service)) {
    for (const pod of observed.pods) place(wanted, type, pod, observed)
  }
  const byGroup = Map.groupBy(observed.slices, (slice) =>
    groupIdOf(slice.addressType as AddressType, slice.ports ?? []),
  )
  const actions: SliceAction[] = []
  for (const type of addressTypesOf(observed.service)) {
    const isEmpty = ![...wanted.values()].some((group) => group.type === type)
    // A Service without endpoints has one empty slice, so that watchers can tell.
    if (isEmpty) wanted.set(groupIdOf(type, []), { type, ports: [], endpoints: new Map() })
  }
  for (const [id, group] of wanted) {
    actions.push(...reconcileGroup(group, byGroup.get(id) ?? [], observed.service))
    byGroup.delete(id)
  }
  for (const stale of byGroup.values())
    actions.push(...stale.map((slice) => ({ kind: 'delete', slice }) as const))
  return recycled(actions).map((action) => triggeredAt(observed.triggerTime, action))
}

function triggeredAt(time: string | undefined, action: SliceAction): SliceAction {
  if (action.kind === 'delete') return action
  // Spelled out for each kind: what is new has less metadata.
  if (action.kind === 'create') {
    const { metadata } = action.slice
    const annotations = withTriggerTime(metadata.annotations, time)
    return { kind: 'create', slice: { ...action.slice, metadata: { ...metadata, annotations } } }
  }
  const { metadata } = action.slice
  const annotations = withTriggerTime(metadata.annotations, time)
  return { kind: 'update', slice: { ...action.slice, metadata: { ...metadata, annotations } } }
}

/** A slice that would go takes the content of one that would be made (upstream: finalize). */
function recycled(actions: readonly SliceAction[]): readonly SliceAction[] {
  const spare = actions.filter((action) => action.kind === 'delete').map(({ slice }) => slice)
  const reused = new Set<Stored<EndpointSlice>>()
  const recast = actions.map((action): SliceAction => {
    if (action.kind !== 'create') return action
    const { addressType, ports = [], endpoints = [], metadata } = action.slice
    const old = spare.find((slice) => slice.addressType === addressType && !reused.has(slice))
    if (!old) return action
    reused.add(old)
    const { labels = {} } = metadata
    const slice = { ...old, metadata: { ...old.metadata, labels }, ports, endpoints }
    return { kind: 'update', slice }
  })
  return recast.filter((action) => action.kind !== 'delete' || !reused.has(action.slice))
}

/** Endpoints that have the same ports share slices. */
interface Group {
  readonly type: AddressType
  readonly ports: readonly EndpointPort[]
  readonly endpoints: Map<string, Endpoint>
}

function addressTypesOf({ spec }: Service): readonly AddressType[] {
  const families = (spec?.ipFamilies ?? []).filter(
    (family) => family === 'IPv4' || family === 'IPv6',
  )
  return families.length > 0 ? (families as AddressType[]) : ['IPv4']
}

function place(
  wanted: Map<string, Group>,
  type: AddressType,
  pod: Stored<Pod>,
  observed: Observed,
): void {
  const address = addressOf(pod, type)
  if (address === undefined || isPodTerminal(pod)) return
  const { nodeName } = pod.spec ?? {}
  const isUnplaced = nodeName && !observed.nodeOf(nodeName)
  // A pod whose node is not known yet may have no zone: it waits, unless it is to be published anyway.
  if (isUnplaced && !observed.service.spec?.publishNotReadyAddresses) return
  const ports = portsOf(observed.service, pod)
  const id = groupIdOf(type, ports)
  const group = wanted.get(id) ?? { type, ports, endpoints: new Map() }
  wanted.set(id, group)
  group.endpoints.set(pod.metadata.uid, endpointOf(pod, address, observed))
}

function addressOf({ status }: Pod, type: AddressType): string | undefined {
  return (status?.podIPs ?? [])
    .map(({ ip }) => ip)
    .find((ip) => ip.includes(':') === (type === 'IPv6'))
}

/** Ports by number; named ports that the pod has not are left out. */
function portsOf({ spec }: Service, pod: Stored<Pod>): readonly EndpointPort[] {
  const ports = (spec?.ports ?? []).flatMap((port) => {
    const number = findPodPort(pod, port.targetPort ?? port.port, port.protocol ?? 'TCP')
    if (number === undefined) return []
    const { name = '', protocol = 'TCP', appProtocol } = port
    return [{ name, port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }]
  })
  return ports.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function groupIdOf(type: AddressType, ports: readonly EndpointPort[]): string {
  const sorted = ports.map(({ name = '', port, protocol = 'TCP', appProtocol = '' }) =>
    [name, port ?? '', protocol, appProtocol].join('/'),
  )
  return `${type}:${sorted.toSorted().join(',')}`
}

function endpointOf(pod: Stored<Pod>, address: string, { service, nodeOf }: Observed): Endpoint {
  const { name, namespace = '', uid, deletionTimestamp } = pod.metadata
  const serving = isPodReady(pod)
  const terminating = deletionTimestamp !== undefined
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating)
  const nodeName = pod.spec?.nodeName
  const node = nodeName ? nodeOf(nodeName) : undefined
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone']
  const { hostname, subdomain } = pod.spec ?? {}
  const named = hostname && subdomain === service.metadata.name ? { hostname } : {}
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...named,
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
    ...(ready ? hintsOf(service, { zone, nodeName }) : {}),
  }
}

/** Where traffic to an endpoint should come from, if the Service has a wish (upstream: trafficdist). */
function hintsOf(
  { spec }: Service,
  { zone, nodeName }: { readonly zone: string | undefined; readonly nodeName: string | undefined },
): Pick<Endpoint, 'hints'> {
  const wish = spec?.trafficDistribution
  const sameNode = wish === 'PreferSameNode'
  if (!sameNode && wish !== 'PreferClose' && wish !== 'PreferSameZone') return {}
  if (!zone && !(sameNode && nodeName)) return {}
  return {
    hints: {
      ...(sameNode && nodeName ? { forNodes: [{ name: nodeName }] } : {}),
      ...(zone ? { forZones: [{ name: zone }] } : {}),
    },
  }
}

/** Keeps endpoints in the slices where they are, fills gaps, and opens new slices for the rest. */
function reconcileGroup(
  group: Group,
  slices: readonly Stored<EndpointSlice>[],
  service: Stored<Service>,
): readonly SliceAction[] {
  const left = new Map(group.endpoints)
  const kept = slices.map((slice) => {
    const endpoints = (slice.endpoints ?? []).flatMap((endpoint) => {
      const uid = endpoint.targetRef?.uid ?? ''
      const next = left.get(uid)
      left.delete(uid)
      return next ? [next] : []
    })
    return { slice, endpoints }
  })
  for (const { endpoints } of kept) {
    for (const [uid, endpoint] of left) {
      if (endpoints.length >= sliceCapacity) break
      endpoints.push(endpoint)
      left.delete(uid)
    }
  }
  const actions = kept.flatMap(({ slice, endpoints }) => changeOf(slice, endpoints, group, service))
  const rest = [...left.values()]
  const needsOne = kept.length === 0
  for (let at = 0; at < rest.length || (needsOne && at === 0); at += sliceCapacity) {
    actions.push({
      kind: 'create',
      slice: newSlice(group, rest.slice(at, at + sliceCapacity), service),
    })
  }
  return withoutEmpty(actions, kept.length)
}

function changeOf(
  slice: Stored<EndpointSlice>,
  endpoints: readonly Endpoint[],
  group: Group,
  service: Stored<Service>,
): SliceAction[] {
  const labels = labelsOf(service)
  const sameLabels = deepEqual(labels, slice.metadata.labels ?? {})
  if (sameLabels && deepEqual(endpoints, slice.endpoints ?? [])) return []
  const metadata = { ...slice.metadata, labels }
  return [{ kind: 'update', slice: { ...slice, metadata, endpoints, ports: group.ports } }]
}

/** Of several slices that became empty one may stay. */
function withoutEmpty(actions: readonly SliceAction[], count: number): readonly SliceAction[] {
  let remaining = count
  return actions.map((action) => {
    const isEmpty = action.kind === 'update' && (action.slice.endpoints ?? []).length === 0
    if (!isEmpty || remaining <= 1) return action
    remaining--
    return { kind: 'delete', slice: action.slice }
  })
}

function newSlice(
  group: Group,
  endpoints: readonly Endpoint[],
  service: Stored<Service>,
): NewSlice {
  const { name, namespace } = service.metadata
  return {
    metadata: {
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: labelsOf(service),
      ownerReferences: [controllerReference(service, services)],
    },
    addressType: group.type,
    endpoints,
    ports: group.ports,
  }
}

/** The Service's own labels, and those by which its slices are found. */
function labelsOf({ metadata, spec }: Stored<Service>): Readonly<Record<string, string>> {
  const headless =
    !spec?.clusterIP || spec.clusterIP === 'None' ? { [headlessServiceLabel]: '' } : {}
  return {
    ...metadata.labels,
    [serviceNameLabel]: metadata.name,
    [sliceManagedByLabel]: managedBy,
    ...headless,
  }
}
