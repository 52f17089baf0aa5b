import type { ServiceEndpoint } from '#network'
import type { SliceEndpoint } from './endpoints.ts'

/** Where the proxy stands. */
export interface ProxyNode {
  readonly name: string
  /** Label `topology.kubernetes.io/zone`; empty when the node has none. */
  readonly zone: string
}

/** Which sets of endpoints a service port has use for. */
export interface EndpointUse {
  readonly cluster: boolean
  readonly local: boolean
}

/** The endpoints that get traffic. */
export interface EndpointChoice {
  readonly clusterEndpoints: readonly ServiceEndpoint[]
  readonly localEndpoints: readonly ServiceEndpoint[]
  readonly hasEndpoints: boolean
}

/**
 * Chooses endpoints as upstream's kube-proxy does. Ready ones get traffic; only where there is none
 * do those that are terminating and still serving, so that the last pod of a rollout or of a node
 * can finish its work. Both rules hold for the cluster and for the node apart.
 */
export function chooseEndpoints(
  endpoints: readonly SliceEndpoint[],
  use: EndpointUse,
  node: ProxyNode,
): EndpointChoice {
  const cluster = use.cluster ? reachable(nearest(endpoints, node), endpoints) : []
  const onNode = endpoints.filter(({ local }) => local)
  const local = use.local ? reachable(onNode, onNode) : []
  return {
    clusterEndpoints: cluster.map(asTarget),
    localEndpoints: local.map(asTarget),
    hasEndpoints: endpoints.some((endpoint) => endpoint.ready || isLeaving(endpoint)),
  }
}

const isLeaving = ({ serving, terminating }: SliceEndpoint) => serving && terminating

function reachable(
  preferred: readonly SliceEndpoint[],
  others: readonly SliceEndpoint[],
): readonly SliceEndpoint[] {
  const ready = preferred.filter((endpoint) => endpoint.ready)
  return ready.length > 0 ? ready : others.filter(isLeaving)
}

/**
 * Keeps what is hinted for this node, else for its zone. Hints count only when every ready endpoint
 * has one and at least one is for here: a partly hinted service is being changed, and following it
 * could overload a few endpoints.
 */
function nearest(endpoints: readonly SliceEndpoint[], node: ProxyNode): readonly SliceEndpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready)
  const onNode = hintedFor(ready, ({ forNodes }) => forNodes, node.name)
  return onNode ?? hintedFor(ready, ({ forZones }) => forZones, node.zone) ?? ready
}

function hintedFor(
  ready: readonly SliceEndpoint[],
  hintsOf: (endpoint: SliceEndpoint) => ReadonlySet<string> | undefined,
  place: string,
): readonly SliceEndpoint[] | undefined {
  if (place === '' || ready.some((endpoint) => hintsOf(endpoint) === undefined)) return undefined
  const here = ready.filter((endpoint) => hintsOf(endpoint)?.has(place))
  return here.length > 0 ? here : undefined
}

const asTarget = ({ ip, port, local }: SliceEndpoint): ServiceEndpoint =>
  Object.freeze({ ip, port, local })
