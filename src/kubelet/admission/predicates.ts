import {
  addAmounts,
  findUntoleratedTaint,
  hostPortsOf,
  type Node,
  type Pod,
  podRequests,
  portsConflict,
  type ResourceAmounts,
  requiredNodes,
} from '#api'
import type { Stored } from '#machinery'
import {
  type Quantity,
  quantityMilliValue,
  quantityValue,
  tryParseQuantity,
} from '#machinery/quantity'

/** What of a node does not suit a pod. */
export type PredicateFailure =
  | {
      readonly kind: 'resource'
      readonly resource: string
      readonly requested: number
      readonly used: number
      readonly capacity: number
    }
  /** A rule of the scheduler's that the node does not meet, by the plugin's name. */
  | { readonly kind: 'rule'; readonly name: string; readonly message: string }

const rule = (name: string, message: string): PredicateFailure => ({ kind: 'rule', name, message })

const affinity = rule('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")
const nodeName = rule('NodeName', "node(s) didn't match the requested node name")
const ports = rule('NodePorts', "node(s) didn't have free ports for the requested pod ports")
const taint = rule('TaintToleration', "node(s) had taints that the pod didn't tolerate")

/** A pod that may come to a node. */
export interface Candidate {
  readonly pod: Pod
  readonly node: Stored<Node>
  /** The pods that hold what the node has. */
  readonly others: readonly Pod[]
  /** It has been on this node before: what the node is called and keeps off no longer counts. */
  readonly isKnown: boolean
}

/**
 * Gives all that speaks against a pod on a node, resources first (upstream: scheduler.AdmissionCheck and
 * the kubelet's generalFilter).
 */
export function predicateFailuresOf({
  pod,
  node,
  others,
  isKnown,
}: Candidate): readonly PredicateFailure[] {
  const found = [...insufficientResources(pod, node, others)]
  const { metadata, spec } = node
  const place = { name: metadata.name, labels: metadata.labels ?? {} }
  if (!isKnown && requiredNodes(pod)?.(place) === false) found.push(affinity)
  if (pod.spec?.nodeName && pod.spec.nodeName !== place.name) found.push(nodeName)
  const taken = others.flatMap(hostPortsOf)
  if (hostPortsOf(pod).some((port) => taken.some((other) => portsConflict(port, other)))) {
    found.push(ports)
  }
  // Other taints keep pods from being scheduled, not from being here.
  if (!isKnown && findUntoleratedTaint(spec?.taints, pod.spec?.tolerations, ['NoExecute'])) {
    found.push(taint)
  }
  return found
}

/** Tells whether the node's labels are all that is wrong; they may have changed meanwhile. */
export function isOnlyAffinity(failures: readonly PredicateFailure[]): boolean {
  return failures.length > 0 && failures.every((each) => each === affinity)
}

function insufficientResources(
  pod: Pod,
  { status }: Node,
  others: readonly Pod[],
): readonly PredicateFailure[] {
  const allocatable = status?.allocatable ?? {}
  const capacityOf = (resource: string) =>
    amount(resource, tryParseQuantity(allocatable[resource] ?? '0'))
  const found: PredicateFailure[] = []
  const check = (resource: string, requested: number, used: number) => {
    const capacity = capacityOf(resource)
    if (requested > 0 && requested > capacity - used) {
      found.push({ kind: 'resource', resource, requested, used, capacity })
    }
  }
  check('pods', 1, others.length)
  const wanted = podRequests(pod, { useStatus: true })
  const taken = others
    .map((other) => podRequests(other, { useStatus: true }))
    .reduce(addAmounts, new Map() as ResourceAmounts)
  for (const resource of inOrder(wanted)) {
    // What the node does not know at all is somebody else's to count.
    if (resource.includes('/') && allocatable[resource] === undefined) continue
    check(resource, amount(resource, wanted.get(resource)), amount(resource, taken.get(resource)))
  }
  return found
}

const first = ['cpu', 'memory', 'ephemeral-storage']

function inOrder(wanted: ResourceAmounts): readonly string[] {
  const named = first.filter((resource) => wanted.has(resource))
  return [...named, ...[...wanted.keys()].filter((resource) => !first.includes(resource))]
}

/** CPU in thousandths, everything else in whole units, as upstream's messages show them. */
function amount(resource: string, quantity: Quantity | undefined): number {
  if (!quantity) return 0
  return resource === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity)
}
