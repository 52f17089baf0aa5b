import { nodes, type Pod, pods, replicaSets } from '#api'
import type { SimCluster } from '#cluster/simulation'
import type { Stored } from '#machinery'
import type { Scene } from '../input/scene.ts'
import type { DrillStage } from './stage.ts'

/** The longest that pods may take to come to the nodes on which they ran. */
const limitMs = 10 * 60_000

/**
 * Brings the pods of a twin to the nodes on which they ran. No node takes pods from the scheduler meanwhile; each pod
 * that waits is bound to a node on which its workload has still a place. What has no place left is the scheduler's.
 */
export async function placeAsBefore(
  { cluster, scene, until }: DrillStage,
  apply: () => Promise<unknown>,
): Promise<void> {
  const places = placesOf(scene)
  const cordon = (isCordoned: (name: string) => boolean) => cordonNodes(cluster, scene, isCordoned)
  await cordon(() => true)
  await apply()
  const waiting = () => places.next(cluster)
  while (await until(() => waiting() !== undefined || places.areTaken(), limitMs)) {
    const next = waiting()
    if (!next) break
    const { namespace = '', name, uid } = next.pod.metadata
    await cluster.client.createSubresource(pods, { namespace, name }, 'binding', {
      metadata: { name, namespace, uid },
      target: { kind: 'Node', name: next.node },
    })
    next.take()
  }
  const cordoned = new Set(scene.cordoned)
  await cordon((name) => cordoned.has(name))
}

async function cordonNodes(
  { client }: SimCluster,
  scene: Scene,
  isCordoned: (name: string) => boolean,
): Promise<void> {
  for (const { name } of scene.nodes) {
    const patch = { spec: { unschedulable: isCordoned(name) || null } }
    await client.patch(nodes, { name }, { kind: 'merge', patch })
  }
}

interface FreePlace {
  readonly pod: Stored<Pod>
  readonly node: string
  take(): void
}

function placesOf({ placements = [] }: Scene) {
  const free = new Map(
    placements.map(({ namespace, kind, name, nodes: counts }) => [
      `${namespace}/${kind}/${name}`,
      Object.entries(counts).flatMap(([node, count]) => Array<string>(count).fill(node)),
    ]),
  )
  return {
    areTaken: () => [...free.values()].every((nodesOfIt) => nodesOfIt.length === 0),
    next(cluster: SimCluster): FreePlace | undefined {
      for (const pod of cluster.objects.list(pods)) {
        if (pod.spec?.nodeName) continue
        const places = free.get(wantedBy(cluster, pod))
        const [node] = places ?? []
        if (node !== undefined) return { pod, node, take: () => void places?.shift() }
      }
      return undefined
    },
  }
}

/** Names what wants a pod as the placements of a twin do. */
function wantedBy({ objects }: SimCluster, { metadata }: Stored<Pod>): string {
  const { namespace = '', name } = metadata
  const direct = metadata.ownerReferences?.find(({ controller }) => controller)
  if (!direct) return `${namespace}/Pod/${name}`
  if (direct.kind !== 'ReplicaSet') return `${namespace}/${direct.kind}/${direct.name}`
  const set = objects.get(replicaSets, { namespace, name: direct.name })
  const above = set?.metadata.ownerReferences?.find(({ controller }) => controller) ?? direct
  return `${namespace}/${above.kind}/${above.name}`
}
