import type { NetworkPolicy } from '#api'
import { matchesLabels, type Selector, selectorFromObject } from '#machinery/selectors'
import type { PodIsolation, TrafficRules } from '#network'
import { createLabelIndex, type LabelIndex } from './label-index.ts'
import type { PeerGroups } from './peer-groups.ts'
import type { PodFacts } from './pod-facts.ts'
import { directionsOf, type ReadPolicy, readPolicy } from './policy-peers.ts'

/** Knows which policies select which pods of this node; rules are read for such policies alone. */
export interface PolicySelection {
  setPolicy(key: string, policy: NetworkPolicy | undefined): void
  /** Selects for a pod of this node that is new or different, or gone. */
  setPod(key: string, pod: PodFacts | undefined): void
  /** Undefined for a pod that no policy selects; the same object until other ones do. */
  isolationOf(pod: string): PodIsolation | undefined
  rulesOf(policy: string): TrafficRules | undefined
  /** The policies whose rules are new, different or gone since this was asked last. */
  takeChanged(): ReadonlySet<string>
}

interface Policy {
  readonly key: string
  readonly policy: NetworkPolicy
  readonly namespace: string
  readonly selector: Selector
  readonly directions: ReadonlySet<'ingress' | 'egress'>
  /** The pods of this node that it selects. */
  readonly pods: Set<string>
  /** Its rules, as long as there are such pods. */
  read?: ReadPolicy
}

/** `localIn` gives the pods of this node by their namespace. */
export function createPolicySelection(
  groups: PeerGroups,
  localIn: (namespace: string) => readonly PodFacts[],
): PolicySelection {
  const policies = new Map<string, Policy>()
  const byNamespace = new Map<string, LabelIndex<Policy>>()
  const selecting = new Map<string, Set<Policy>>()
  const isolations = new Map<string, PodIsolation>()
  let changed = new Set<string>()

  const select = (policy: Policy, pod: string, isSelected: boolean) => {
    isolations.delete(pod)
    const own = selecting.get(pod) ?? new Set()
    if (isSelected) selecting.set(pod, own.add(policy))
    else own.delete(policy)
    if (own.size === 0) selecting.delete(pod)
    if (isSelected) policy.pods.add(pod)
    else policy.pods.delete(pod)
    if (policy.pods.size > 0 === (policy.read !== undefined)) return
    changed.add(policy.key)
    if (policy.read) {
      for (const set of policy.read.sets) groups.release(set)
      delete policy.read
    } else {
      policy.read = readPolicy(policy.policy, groups)
    }
  }
  const add = (key: string, policy: NetworkPolicy) => {
    const added = asPolicy(key, policy)
    policies.set(key, added)
    const index = byNamespace.get(added.namespace) ?? createLabelIndex<Policy>()
    byNamespace.set(added.namespace, index)
    index.add(added.selector, added)
    for (const pod of localIn(added.namespace)) {
      if (matchesLabels(added.selector, pod.labels)) select(added, pod.key, true)
    }
  }
  const retire = (policy: Policy) => {
    for (const pod of [...policy.pods]) select(policy, pod, false)
    const index = byNamespace.get(policy.namespace)
    index?.remove(policy.selector, policy)
    if (index?.isEmpty) byNamespace.delete(policy.namespace)
  }
  return {
    setPolicy: (key, policy) => {
      const before = policies.get(key)
      if (before && policy && isSameRevision(before.policy, policy)) return
      // What is new comes first, so that sets which both name stay.
      if (policy) add(key, policy)
      else policies.delete(key)
      if (before) retire(before)
    },
    setPod: (key, pod) => {
      const index = pod ? byNamespace.get(pod.namespace) : undefined
      const candidates = [...(index?.candidates(pod?.labels ?? {}) ?? [])]
      const now = new Set(candidates.filter(({ selector }) => matchesLabels(selector, pod?.labels)))
      for (const policy of [...(selecting.get(key) ?? [])]) {
        if (!now.has(policy)) select(policy, key, false)
      }
      for (const policy of now) if (!policy.pods.has(key)) select(policy, key, true)
    },
    isolationOf: (pod) => {
      const known = isolations.get(pod)
      const own = selecting.get(pod)
      if (known || own === undefined) return known
      const made = isolationBy(pod, [...own])
      isolations.set(pod, made)
      return made
    },
    rulesOf: (policy) => policies.get(policy)?.read?.rules,
    takeChanged: () => {
      const taken = changed
      changed = new Set()
      return taken
    },
  }
}

function asPolicy(key: string, policy: NetworkPolicy): Policy {
  return {
    key,
    policy,
    namespace: policy.metadata?.namespace ?? '',
    selector: selectorFromObject(policy.spec?.podSelector ?? {}),
    directions: directionsOf(policy),
    pods: new Set(),
  }
}

/** Labels and annotations of a policy mean nothing; its generation grows with its spec. */
function isSameRevision({ metadata: a }: NetworkPolicy, { metadata: b }: NetworkPolicy): boolean {
  return a?.generation !== undefined && a.generation === b?.generation && a.uid === b.uid
}

function isolationBy(pod: string, policies: readonly Policy[]): PodIsolation {
  const namesOf = (direction: 'ingress' | 'egress') => {
    const own = policies.filter(({ directions }) => directions.has(direction))
    return own.length > 0 ? { [direction]: own.map(({ key }) => key).sort() } : {}
  }
  return { pod, ...namesOf('ingress'), ...namesOf('egress') }
}
