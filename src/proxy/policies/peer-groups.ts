import { formatSelector, type Labels, matchesLabels, type Selector } from '#machinery/selectors'
import type { PeerSet } from '#network'
import { createLabelIndex, type LabelIndex } from './label-index.ts'
import { createNamespaceGroups, type NamespaceGroup } from './namespace-groups.ts'
import { createPeerSets, type Group } from './peer-sets.ts'
import type { PodFacts } from './pod-facts.ts'
import { createPortSets } from './port-sets.ts'

/** Whose pods a selector is about: those of one namespace, or of all that have certain labels. */
export type PeerScope =
  | { readonly kind: 'namespace'; readonly name: string }
  | { readonly kind: 'selected'; readonly selector: Selector }

/** The pods that a cluster has, for sets that are made later. */
export interface PodSource {
  all(): Iterable<PodFacts>
  inNamespace(namespace: string): Iterable<PodFacts>
}

/**
 * Keeps the sets that rules name in step with pods and namespaces. Each set stands once however many
 * rules name it, and goes with the last of them.
 */
export interface PeerGroups {
  /** Uses a set by its name, `podSetName`; each use is to be released. */
  acquirePods(set: string, scope: PeerScope, selector: Selector): void
  /** The same by `portSetName`. */
  acquirePorts(set: string): void
  release(set: string): void
  movePod(before: PodFacts | undefined, after: PodFacts | undefined): void
  setNamespace(name: string, labels: Labels | undefined): void
  /** All sets as they are now: the same map until one of them changes, and the same sets in it. */
  sets(): ReadonlyMap<string, PeerSet>
}

interface PodGroup extends Group {
  readonly selector: Selector
}

export function createPeerGroups(pods: PodSource): PeerGroups {
  const namespaces = createNamespaceGroups()
  const sets = createPeerSets()
  const ports = createPortSets(sets, pods)
  // Groups are found by the namespace that they are of, or by its group of namespaces.
  const places = new Map<string | NamespaceGroup, LabelIndex<PodGroup>>()

  const make = (id: string, scope: PeerScope, selector: Selector) => {
    const place = scope.kind === 'namespace' ? scope.name : namespaces.acquire(scope.selector)
    const index = places.get(place) ?? createLabelIndex<PodGroup>()
    places.set(place, index)
    const dispose = () => {
      index.remove(selector, group)
      if (index.isEmpty) places.delete(place)
      if (typeof place !== 'string') namespaces.release(place)
    }
    const group: PodGroup = { id, kind: 'addresses', members: new Map(), selector, dispose }
    index.add(selector, group)
    sets.add(group)
    for (const namespace of typeof place === 'string' ? [place] : place.members) {
      for (const pod of pods.inNamespace(namespace)) {
        if (matchesLabels(selector, pod.labels)) sets.put(group, pod.key, pod.ips)
      }
    }
  }
  function* groupsOf(pod: PodFacts): Iterable<PodGroup> {
    for (const place of [pod.namespace, ...namespaces.of(pod.namespace)]) {
      const found = places.get(place)?.candidates(pod.labels) ?? []
      for (const group of found) if (matchesLabels(group.selector, pod.labels)) yield group
    }
  }
  /** Puts the pods of a namespace that has joined or left a group where they belong. */
  const movePodsOf = (namespace: string, moved: NamespaceGroup) => {
    const index = places.get(moved)
    for (const pod of index ? pods.inNamespace(namespace) : []) {
      for (const group of index?.candidates(pod.labels) ?? []) {
        const isIn = moved.members.has(namespace) && matchesLabels(group.selector, pod.labels)
        sets.put(group, pod.key, isIn ? pod.ips : undefined)
      }
    }
  }
  return {
    acquirePods: (set, scope, selector) => sets.acquire(set, () => make(set, scope, selector)),
    acquirePorts: ports.acquire,
    release: sets.release,
    movePod: (before, after) => {
      const now = new Set(after ? groupsOf(after) : [])
      for (const group of before ? groupsOf(before) : []) {
        if (!now.has(group)) sets.put(group, before?.key ?? '', undefined)
      }
      for (const group of now) sets.put(group, after?.key ?? '', after?.ips)
      ports.movePod(before, after)
    },
    setNamespace: (name, labels) => {
      for (const moved of namespaces.set(name, labels)) movePodsOf(name, moved)
    },
    sets: sets.now,
  }
}

/** The name of the set of the pods that a selector matches: whoever means the same pods says the same name. */
export function podSetName(scope: PeerScope, selector: Selector): string {
  // No namespace is called so that it could be taken for a selector.
  const place = scope.kind === 'namespace' ? scope.name : `[${formatSelector(scope.selector)}]`
  return `${place}/${formatSelector(selector)}`
}
