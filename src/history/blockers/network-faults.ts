import { type Fault, faults, type Node, type Pod, type Service } from '#api'
import type { Stored } from '#machinery'
import { matchesLabels, parseLabelSelector } from '#machinery/selectors'
import type { Blocker, Present } from './present.ts'

/** What each fault of packets does to them, in words. */
const harms: Readonly<Record<string, (spec: Fault['spec']) => string>> = {
  LinkPartition: () => 'none arrives',
  PacketLoss: ({ loss }) => `${loss} are lost`,
  NetworkDelay: ({ delay }) => `a round trip takes ${delay} longer`,
  BandwidthLimit: ({ bandwidth }) => `${bandwidth} bits a second pass`,
}

/** Tells what faults do to the packets of a node. */
export function nodeLinkBlockers({ metadata }: Stored<Node>, present: Present): readonly Blocker[] {
  return activeFaults(present).flatMap((fault) =>
    isAt(fault, metadata.name) ? harmBlocker(fault) : [],
  )
}

/** Tells what faults do to the packets of a pod, whatever it makes of it. */
export function podLinkBlockers(pod: Stored<Pod>, present: Present): readonly Blocker[] {
  const node = pod.spec?.nodeName ?? ''
  return activeFaults(present).flatMap((fault) => {
    const { selector, namespace } = fault.spec
    const picks = selector === undefined ? undefined : parseLabelSelector(selector)
    const isPicked =
      (namespace === undefined || namespace === pod.metadata.namespace) &&
      (picks === undefined || matchesLabels(picks, pod.metadata.labels))
    return isPicked && isAt(fault, node) ? harmBlocker(fault) : []
  })
}

/** Tells on which nodes a Service's rules are not what they should be. */
export function lateRulesBlockers(
  { metadata }: Stored<Service>,
  present: Present,
): readonly Blocker[] {
  return activeFaults(present).flatMap(({ spec, status, metadata: { name } }) => {
    const { type, node, service, namespace = 'default' } = spec
    const isMeant = service === metadata.name && namespace === metadata.namespace
    if (type !== 'ServiceRulesDelayed' || !isMeant) return []
    const text = `changes do not reach the rules of ${node}: ServiceRulesDelayed strikes (${name})`
    return [{ text, ...since(status) }]
  })
}

function activeFaults({ objects }: Present): readonly Stored<Fault>[] {
  return objects.list(faults).filter(({ status }) => status?.phase === 'Active')
}

const isAt = ({ spec }: Fault, node: string): boolean => spec.node === node || spec.peer === node

function harmBlocker({ spec, status, metadata }: Stored<Fault>): readonly Blocker[] {
  const harm = harms[spec.type]
  if (harm === undefined) return []
  const where =
    spec.peer === undefined ? `of ${spec.node}` : `between ${spec.node} and ${spec.peer}`
  const text = `of the packets ${where} ${harm(spec)}: ${spec.type} strikes (${metadata.name})`
  return [{ text, ...since(status) }]
}

function since(status: Fault['status']): { readonly wallMs?: number } {
  const wallMs = Date.parse(status?.startTime ?? '')
  return Number.isNaN(wallMs) ? {} : { wallMs }
}
