import type { PodFacts } from './pod-facts.ts'

/** The pods of a cluster as policies see them, found by namespace and by whether they are of this node. */
export interface PodStore {
  get(key: string): PodFacts | undefined
  set(key: string, pod: PodFacts | undefined): void
  all(): Iterable<PodFacts>
  inNamespace(namespace: string): Iterable<PodFacts>
  localIn(namespace: string): readonly PodFacts[]
  /** The oldest first. */
  local(): readonly PodFacts[]
}

/** `node` is the one whose pods are local. */
export function createPodStore(node: string): PodStore {
  const pods = new Map<string, PodFacts>()
  const local = new Map<string, PodFacts>()
  const namespaces = new Map<string, Map<string, PodFacts>>()
  const forget = ({ key, namespace }: PodFacts) => {
    const own = namespaces.get(namespace)
    own?.delete(key)
    if (own?.size === 0) namespaces.delete(namespace)
    pods.delete(key)
    local.delete(key)
  }
  return {
    get: (key) => pods.get(key),
    set: (key, pod) => {
      const before = pods.get(key)
      if (before) forget(before)
      if (pod === undefined) return
      pods.set(key, pod)
      if (pod.node === node) local.set(key, pod)
      namespaces.set(pod.namespace, (namespaces.get(pod.namespace) ?? new Map()).set(key, pod))
    },
    all: () => pods.values(),
    inNamespace: (namespace) => namespaces.get(namespace)?.values() ?? [],
    localIn: (namespace) => [...local.values()].filter((pod) => pod.namespace === namespace),
    local: () => [...local.values()].sort(byAge),
  }
}

function byAge(a: PodFacts, b: PodFacts): number {
  if (a.madeAt !== b.madeAt) return a.madeAt < b.madeAt ? -1 : 1
  return a.key < b.key ? -1 : 1
}
