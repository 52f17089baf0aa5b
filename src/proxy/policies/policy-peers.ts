import {
  mostSelectedPeers,
  type NetworkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
} from '#api'
import { selectorFromObject } from '#machinery/selectors'
import { parseCidr } from '#machinery/validation'
import type { PolicyPeer, PolicyPort, Protocol, TrafficRule, TrafficRules } from '#network'
import { type PeerGroups, type PeerScope, podSetName } from './peer-groups.ts'
import { portSetName } from './port-sets.ts'

/** The rules of a policy, and the sets that they name, to be released when it goes. */
export interface ReadPolicy {
  readonly rules: TrafficRules
  readonly sets: readonly string[]
}

/** What a policy restricts of the pods that it selects: its types, or what upstream takes for them. */
export function directionsOf({ spec = {} }: NetworkPolicy): ReadonlySet<'ingress' | 'egress'> {
  const { policyTypes = [], egress = [] } = spec
  const types = policyTypes.length > 0 ? policyTypes : ['Ingress', ...egress.map(() => 'Egress')]
  return new Set(types.map((type) => (type === 'Egress' ? 'egress' : 'ingress')))
}

/** Reads the rules of a policy. Those of a direction that it does not restrict mean nothing. */
export function readPolicy(policy: NetworkPolicy, groups: PeerGroups): ReadPolicy {
  const { metadata, spec = {} } = policy
  const { reader, sets } = createReader(metadata?.namespace ?? '', groups)
  const directions = directionsOf(policy)
  const ingress = directions.has('ingress') ? (spec.ingress ?? []) : []
  const egress = directions.has('egress') ? (spec.egress ?? []) : []
  const rules = {
    ingress: ingress.map(({ from, ports }) => readRule(reader, from, ports)),
    egress: egress.map(({ to, ports }) => readRule(reader, to, ports)),
  }
  return { rules, sets: [...sets] }
}

/** Asks for the sets that rules name; undefined for one too many, which lets nothing pass. */
interface Reader {
  pods(peer: NetworkPolicyPeer): string | undefined
  ports(protocol: Protocol, name: string): string | undefined
}

function createReader(namespace: string, groups: PeerGroups) {
  const sets = new Set<string>()
  /** Each is asked for once. */
  const keep = (set: string, acquire: () => void) => {
    if (sets.has(set)) return set
    if (sets.size === mostSelectedPeers) return undefined
    acquire()
    sets.add(set)
    return set
  }
  const reader: Reader = {
    pods: ({ namespaceSelector, podSelector = {} }) => {
      const scope: PeerScope = namespaceSelector
        ? { kind: 'selected', selector: selectorFromObject(namespaceSelector) }
        : { kind: 'namespace', name: namespace }
      const selector = selectorFromObject(podSelector)
      const set = podSetName(scope, selector)
      return keep(set, () => groups.acquirePods(set, scope, selector))
    },
    ports: (protocol, name) => {
      const set = portSetName({ protocol, name })
      return keep(set, () => groups.acquirePorts(set))
    },
  }
  return { reader, sets }
}

/** Empty lists are as good as none: they restrict nothing. */
function readRule(
  reader: Reader,
  peers: readonly NetworkPolicyPeer[] = [],
  ports: readonly NetworkPolicyPort[] = [],
): TrafficRule {
  return {
    ...(peers.length > 0 ? { peers: peers.flatMap((peer) => readPeer(reader, peer)) } : {}),
    ...(ports.length > 0 ? { ports: ports.flatMap((port) => readPort(reader, port)) } : {}),
  }
}

function readPeer(reader: Reader, peer: NetworkPolicyPeer): readonly PolicyPeer[] {
  const { ipBlock } = peer
  if (ipBlock === undefined) {
    const set = reader.pods(peer)
    return set === undefined ? [] : [{ kind: 'pods', set }]
  }
  const cidr = parseCidr(ipBlock.cidr ?? '')?.text
  const except = (ipBlock.except ?? []).flatMap((text) => parseCidr(text)?.text ?? [])
  return cidr === undefined ? [] : [{ kind: 'block', cidr, except }]
}

function readPort(
  reader: Reader,
  { protocol: given, port, endPort }: NetworkPolicyPort,
): readonly PolicyPort[] {
  // Cast: validation admits no other protocol.
  const protocol = (given ?? 'TCP') as Protocol
  if (typeof port === 'string') {
    const set = reader.ports(protocol, port)
    return set === undefined ? [] : [{ kind: 'named', protocol, set }]
  }
  if (port === undefined) return [{ kind: 'range', protocol, first: 0, last: 65_535 }]
  return [{ kind: 'range', protocol, first: port, last: endPort ?? port }]
}
