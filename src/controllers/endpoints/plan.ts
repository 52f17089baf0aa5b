import {
  type EndpointAddress,
  type EndpointSubset,
  type Endpoints,
  findPodPort,
  headlessServiceLabel,
  isPodReady,
  isPodTerminal,
  type Pod,
  type Service,
} from '#api'
import { deepEqual, type ObjectMeta, type Stored } from '#machinery'
import { withTriggerTime } from '../shared/trigger-times.ts'

export const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity'
const managedByLabel = 'endpoints.kubernetes.io/managed-by'
const managedBy = 'endpoint-controller'

/** Addresses of one Endpoints object (upstream: maxCapacity). */
const capacity = 1000

type EndpointPort = NonNullable<EndpointSubset['ports']>[number]

/** What is known besides the Service and its pods. */
export interface Known {
  readonly held: Stored<Endpoints> | undefined
  /** When what the endpoints are to follow has changed, if that is known. */
  readonly triggerTime: string | undefined
}

/** The labels and subsets that an Endpoints object should have; undefined where it has them. */
export function planEndpoints(
  service: Stored<Service>,
  pods: readonly Stored<Pod>[],
  { held, triggerTime }: Known,
): (Endpoints & { readonly metadata: ObjectMeta }) | undefined {
  const { subsets, isTruncated } = truncate(subsetsOf(service, pods))
  const labels = labelsOf(service)
  const wasTruncated = held?.metadata.annotations?.[overCapacityAnnotation] === 'truncated'
  const isSame =
    held &&
    deepEqual(subsets, held.subsets ?? []) &&
    deepEqual(labels, held.metadata.labels ?? {}) &&
    isTruncated === wasTruncated
  if (isSame) return undefined
  const { [overCapacityAnnotation]: _, ...annotations } = held?.metadata.annotations ?? {}
  const { name, namespace } = service.metadata
  const metadata = {
    ...(held?.metadata ?? { name, ...(namespace === undefined ? {} : { namespace }) }),
    labels,
    annotations: {
      ...withTriggerTime(annotations, triggerTime),
      ...(isTruncated ? { [overCapacityAnnotation]: 'truncated' } : {}),
    },
  }
  return { ...held, metadata, subsets }
}

/** Pods with the same ports share a subset; ready and unready ones stand apart in it. */
export function subsetsOf(
  service: Stored<Service>,
  pods: readonly Stored<Pod>[],
): readonly EndpointSubset[] {
  const { publishNotReadyAddresses = false } = service.spec ?? {}
  const groups = new Map<string, Group>()
  for (const pod of pods) {
    const leaves = pod.metadata.deletionTimestamp !== undefined && !publishNotReadyAddresses
    const address = addressOf(service, pod)
    const ports = portsOf(service, pod)
    if (!address || leaves || isPodTerminal(pod) || !ports) continue
    const id = JSON.stringify(ports)
    const group = groups.get(id) ?? { ports, ready: [], unready: [] }
    groups.set(id, group)
    const isReady = publishNotReadyAddresses || isPodReady(pod)
    ;(isReady ? group.ready : group.unready).push(address)
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, ready, unready }]) => subsetFrom(ports, ready, unready))
}

interface Group {
  readonly ports: readonly EndpointPort[]
  readonly ready: EndpointAddress[]
  readonly unready: EndpointAddress[]
}

function subsetFrom(
  ports: readonly EndpointPort[],
  ready: readonly EndpointAddress[],
  unready: readonly EndpointAddress[],
): EndpointSubset {
  return {
    ...(ready.length > 0 ? { addresses: ready.toSorted(byAddress) } : {}),
    ...(unready.length > 0 ? { notReadyAddresses: unready.toSorted(byAddress) } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  }
}

function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  const [x, y] = [a, b].map(({ ip, targetRef }) => `${ip} ${targetRef?.uid ?? ''}`)
  return (x ?? '') < (y ?? '') ? -1 : 1
}

/** Endpoints know one address family: the Service's first. */
function addressOf(service: Stored<Service>, pod: Stored<Pod>): EndpointAddress | undefined {
  const isV6 = service.spec?.ipFamilies?.[0] === 'IPv6'
  const ip = (pod.status?.podIPs ?? [])
    .map((each) => each.ip)
    .find((each) => each.includes(':') === isV6)
  if (ip === undefined) return undefined
  const { name, namespace = '', uid } = pod.metadata
  const { hostname, subdomain, nodeName } = pod.spec ?? {}
  return {
    ip,
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  }
}

/** Undefined where the Service has ports, but the pod none of them. */
function portsOf({ spec }: Service, pod: Stored<Pod>): readonly EndpointPort[] | undefined {
  const wanted = spec?.ports ?? []
  const ports = wanted.flatMap(({ name, port, targetPort, protocol = 'TCP', appProtocol }) => {
    const number = findPodPort(pod, targetPort ?? port, protocol)
    if (number === undefined) return []
    const more = { ...(name ? { name } : {}), ...(appProtocol ? { appProtocol } : {}) }
    return [{ port: number, protocol, ...more }]
  })
  if (wanted.length > 0 && ports.length === 0) return undefined
  return ports.toSorted((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
}

interface Truncated {
  readonly subsets: readonly EndpointSubset[]
  readonly isTruncated: boolean
}

/** Ready addresses have precedence; of each subset the first ones stay. */
function truncate(subsets: readonly EndpointSubset[]): Truncated {
  const count = (key: 'addresses' | 'notReadyAddresses') =>
    subsets.reduce((sum, subset) => sum + (subset[key]?.length ?? 0), 0)
  const [ready, unready] = [count('addresses'), count('notReadyAddresses')]
  if (ready + unready <= capacity) return { subsets, isTruncated: false }
  let readyLeft = Math.min(ready, capacity)
  let unreadyLeft = capacity - readyLeft
  const cut = subsets.map(({ ports = [], addresses = [], notReadyAddresses = [] }) => {
    const kept = addresses.slice(0, readyLeft)
    const keptUnready = notReadyAddresses.slice(0, unreadyLeft)
    readyLeft -= kept.length
    unreadyLeft -= keptUnready.length
    return subsetFrom(ports, kept, keptUnready)
  })
  const isFilled = (subset: EndpointSubset) => subset.addresses || subset.notReadyAddresses
  return { subsets: cut.filter(isFilled), isTruncated: true }
}

function labelsOf({ metadata, spec }: Stored<Service>): Readonly<Record<string, string>> {
  const { [headlessServiceLabel]: _, ...labels } = metadata.labels ?? {}
  const isHeadless = !spec?.clusterIP || spec.clusterIP === 'None'
  return {
    ...labels,
    [managedByLabel]: managedBy,
    ...(isHeadless ? { [headlessServiceLabel]: '' } : {}),
  }
}
