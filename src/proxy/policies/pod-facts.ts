import type { Pod, PodSpec } from '#api'
import { keyOf } from '#machinery'
import type { Labels } from '#machinery/selectors'
import type { Protocol } from '#network'

/** What policies see of a pod. */
export interface PodFacts {
  readonly key: string
  readonly namespace: string
  readonly labels: Labels
  /** Its addresses, one of each family. */
  readonly ips: readonly string[]
  /** Ports of its containers that have a name. */
  readonly ports: readonly NamedPort[]
  readonly node: string
  /** When it was made: of two pods with one address the younger one has it. */
  readonly madeAt: string
}

/** A port of a pod by which policies may name it. */
interface NamedPort {
  readonly name: string
  readonly protocol: Protocol
  readonly port: number
}

const noLabels: Labels = Object.freeze({})

/** Objects never change, and all nodes of one process have the same ones. */
const known = new WeakMap<Pod, PodFacts | 'none'>()

/**
 * What policies see of a pod; undefined for one that they do not see: without an address, ended, or on the
 * network of its node, where it is a part of the node to everybody.
 */
export function factsOf(pod: Pod): PodFacts | undefined {
  const found = known.get(pod) ?? readFacts(pod) ?? 'none'
  known.set(pod, found)
  return found === 'none' ? undefined : found
}

function readFacts(pod: Pod): PodFacts | undefined {
  const { metadata = {}, spec, status } = pod
  if (!spec || spec.hostNetwork || status?.phase === 'Succeeded' || status?.phase === 'Failed') {
    return undefined
  }
  const ips = status?.podIPs?.flatMap(({ ip }) => (ip ? [ip] : [])) ?? []
  const own = ips.length > 0 ? ips : status?.podIP ? [status.podIP] : []
  if (own.length === 0) return undefined
  const { namespace = '', name = '', labels = noLabels, creationTimestamp = '' } = metadata
  return {
    key: keyOf({ namespace, name }),
    namespace,
    labels,
    ips: own,
    ports: namedPorts(spec),
    node: spec.nodeName ?? '',
    madeAt: creationTimestamp,
  }
}

function namedPorts(spec: PodSpec): readonly NamedPort[] {
  const sidecars = (spec.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === 'Always',
  )
  return [...spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ name, protocol = 'TCP', containerPort: port }) =>
      // Cast: validation admits no other protocol.
      name ? [{ name, protocol: protocol as Protocol, port }] : [],
    ),
  )
}

/** Whether policies see the same in both. */
export function isSameToPolicies(a: PodFacts | undefined, b: PodFacts | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.node === b.node &&
    a.madeAt === b.madeAt &&
    a.ips.join() === b.ips.join() &&
    sameLabels(a.labels, b.labels) &&
    JSON.stringify(a.ports) === JSON.stringify(b.ports)
  )
}

/** Whether two objects carry the same labels. */
function sameLabels(a: Labels, b: Labels): boolean {
  if (a === b) return true
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
