import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '#api'
import { selectorFromObject } from '#machinery/selectors'
import { parseCidr } from '#machinery/validation'
import type { PolicyPeer, PolicyPort, PolicyRule, PolicyRules, Protocol } from '#network'
import type { PeerGroups, PeerScope } from './peer-groups.ts'

/** The rules of a policy, and the sets that they name, to be released when it goes. */
export interface ReadPolicy {
  readonly rules: PolicyRules
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
  const sets: string[] = []
  const keep = (set: string) => {
    sets.push(set)
    return set
  }
  const reader: Reader = {
    pods: (peer) => keep(acquirePods(groups, metadata?.namespace ?? '', peer)),
    ports: (protocol, name) => keep(groups.acquirePorts(protocol, name)),
  }
  const directions = directionsOf(policy)
  const ingress = directions.has('ingress') ? (spec.ingress ?? []) : []
  const egress = directions.has('egress') ? (spec.egress ?? []) : []
  const rules = {
    ingress: ingress.map(({ from, ports }) => readRule(reader, from, ports)),
    egress: egress.map(({ to, ports }) => readRule(reader, to, ports)),
  }
  return { rules, sets }
}

/** Asks for the sets that rules name. */
interface Reader {
  pods(peer: NetworkPolicyPeer): string
  ports(protocol: Protocol, name: string): string
}

function acquirePods(groups: PeerGroups, namespace: string, peer: NetworkPolicyPeer): string {
  const scope: PeerScope = peer.namespaceSelector
    ? { kind: 'selected', selector: selectorFromObject(peer.namespaceSelector) }
    : { kind: 'namespace', name: namespace }
  return groups.acquirePods(scope, selectorFromObject(peer.podSelector ?? {}))
}

/** Empty lists are as good as none: they restrict nothing. */
function readRule(
  reader: Reader,
  peers: readonly NetworkPolicyPeer[] = [],
  ports: readonly NetworkPolicyPort[] = [],
): PolicyRule {
  return {
    ...(peers.length > 0 ? { peers: peers.flatMap((peer) => readPeer(reader, peer)) } : {}),
    ...(ports.length > 0 ? { ports: ports.map((port) => readPort(reader, port)) } : {}),
  }
}

function readPeer(reader: Reader, peer: NetworkPolicyPeer): readonly PolicyPeer[] {
  const { ipBlock } = peer
  if (ipBlock === undefined) return [{ kind: 'pods', set: reader.pods(peer) }]
  const cidr = parseCidr(ipBlock.cidr ?? '')?.text
  const except = (ipBlock.except ?? []).flatMap((text) => parseCidr(text)?.text ?? [])
  return cidr === undefined ? [] : [{ kind: 'block', cidr, except }]
}

function readPort(reader: Reader, { protocol, port, endPort }: NetworkPolicyPort): PolicyPort {
  // Cast: validation admits no other protocol.
  const named = (protocol ?? 'TCP') as Protocol
  if (typeof port === 'string')
    return { kind: 'named', protocol: named, set: reader.ports(named, port) }
  if (port === undefined) return { kind: 'range', protocol: named, first: 0, last: 65_535 }
  return { kind: 'range', protocol: named, first: port, last: endPort ?? port }
}
