import {
  daemonSets,
  deployments,
  isPodReady,
  type Pod,
  pods,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '#api'
import type { SimCluster } from '#cluster/simulation'
import type { KubeObject, ResourceRef, Stored } from '#machinery'
import type { SceneWorkload } from '../input/scene.ts'

/** Says whether all that is wanted is Ready; asked at every instant, it looks only at what has changed. */
export interface WantedCheck {
  isReady(): boolean
  /** The workloads that are not Ready now. */
  missing(): readonly SceneWorkload[]
  /** From now on so many nodes cannot have a pod of a DaemonSet. */
  lose(nodes: number): void
}

interface Counts {
  readonly replicas?: number
  readonly readyReplicas?: number
  readonly updatedReplicas?: number
  readonly availableReplicas?: number
  readonly observedGeneration?: number
  readonly desiredNumberScheduled?: number
  readonly numberReady?: number
  readonly updatedNumberScheduled?: number
}

interface Counted extends KubeObject {
  readonly spec?: { readonly replicas?: number }
  readonly status?: Counts
}

/** The resources of the kinds that make pods. */
const resources: Readonly<Record<string, unknown>> = {
  Deployment: deployments,
  StatefulSet: statefulSets,
  DaemonSet: daemonSets,
  ReplicaSet: replicaSets,
  ReplicationController: replicationControllers,
  Pod: pods,
}

/** The resource of a workload. */
export function workloadResource({ kind }: SceneWorkload): ResourceRef<Counted> {
  // Cast: the table has a kind's resource under its name, and these fields are all that is read.
  return resources[kind] as ResourceRef<Counted>
}

/** Makes the check. */
export function createWantedCheck(
  { objects }: SimCluster,
  workloads: readonly SceneWorkload[],
): WantedCheck {
  let lostNodes = 0
  const held = workloads.map((workload) => ({
    workload,
    resource: workloadResource(workload),
    key: { namespace: workload.namespace, name: workload.name },
    // Cast: it has not been looked at yet.
    seen: undefined as Stored<Counted> | undefined,
    isReady: false,
  }))
  const look = (each: (typeof held)[number]) => {
    const now = objects.get(each.resource, each.key)
    if (now !== each.seen) {
      each.seen = now
      each.isReady = now !== undefined && isDone(each.workload.kind, now, lostNodes)
    }
    return each.isReady
  }
  return {
    isReady: () => held.every(look),
    lose: (nodes) => {
      lostNodes = nodes
    },
    missing: () => held.filter((each) => !look(each)).map(({ workload }) => workload),
  }
}

function isDone(kind: string, object: Stored<Counted>, lostNodes: number): boolean {
  const { metadata, spec, status = {} } = object
  // Cast: its kind says so.
  if (kind === 'Pod') return isPodReady(object as Pod) || isEnded(object)
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false
  if (kind === 'DaemonSet') {
    const { desiredNumberScheduled = 0, numberReady = 0, updatedNumberScheduled = 0 } = status
    const wanted = Math.max(0, desiredNumberScheduled - lostNodes)
    return numberReady >= wanted && updatedNumberScheduled >= wanted
  }
  const { replicas: wanted = 1 } = spec ?? {}
  const { replicas = 0, readyReplicas = 0, updatedReplicas = replicas } = status
  const hasRolledOut =
    kind === 'Deployment' || kind === 'StatefulSet' ? updatedReplicas >= wanted : true
  return readyReplicas >= wanted && replicas <= wanted && hasRolledOut
}

function isEnded(object: KubeObject): boolean {
  // Cast: only its phase is read.
  const { phase } = (object as { readonly status?: { readonly phase?: string } }).status ?? {}
  return phase === 'Succeeded'
}
