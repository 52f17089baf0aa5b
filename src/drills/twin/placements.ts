import type { Pod } from '#api'
import type { KubeObject } from '#machinery'
import type { Placement } from '../input/scene.ts'

/** Counts on which nodes the pods of each workload run; a pod that nothing wants stands for itself. */
export function placementsOf(
  pods: readonly Pod[],
  replicaSets: readonly KubeObject[],
): readonly Placement[] {
  const owners = new Map(
    replicaSets.map((each) => [`${each.metadata?.namespace}/${each.metadata?.name}`, owner(each)]),
  )
  const counts = new Map<string, { placement: Placement; nodes: Record<string, number> }>()
  for (const pod of pods) {
    const { name = '', namespace = 'default' } = pod.metadata ?? {}
    const node = pod.spec?.nodeName
    if (node === undefined || isEnded(pod)) continue
    const direct = owner(pod)
    // A DaemonSet has a pod on every node as it is.
    if (direct?.kind === 'DaemonSet') continue
    const above =
      direct?.kind === 'ReplicaSet' ? owners.get(`${namespace}/${direct.name}`) : undefined
    const top = above ?? direct ?? { kind: 'Pod', name }
    const id = `${namespace}/${top.kind}/${top.name}`
    const nodes = counts.get(id)?.nodes ?? {}
    nodes[node] = (nodes[node] ?? 0) + 1
    counts.set(id, { placement: { namespace, kind: top.kind, name: top.name, nodes }, nodes })
  }
  return [...counts.values()].map(({ placement }) => placement)
}

/** Who controls an object. */
export function owner({ metadata }: KubeObject) {
  return metadata?.ownerReferences?.find(({ controller }) => controller)
}

/** Whether a pod has ended, so that it is nowhere any more. */
export function isEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}
