import { type Pod, type PodCondition, pods } from '#api'
import type { Client } from '#client'
import { deepEqual, findCondition, formatTime, type ObjectKey, type Stored } from '#machinery'

export interface StatusChange {
  readonly condition?: Omit<PodCondition, 'lastTransitionTime' | 'observedGeneration'>
  /** A node, or '' to clear the nomination; absent: leave it. */
  readonly nominatedNodeName?: string
}

/** Writes what changed of the pod's status; nothing when it stands so already. */
export async function patchPodStatus(
  client: Client,
  pod: Stored<Pod>,
  change: StatusChange,
  nowMs: number,
): Promise<void> {
  const status = { ...conditionPatch(pod, change, nowMs), ...nominationPatch(pod, change) }
  if (Object.keys(status).length === 0) return
  // The uid keeps the patch from a pod of the same name that was made meanwhile.
  const patch = { metadata: { uid: pod.metadata.uid }, status }
  await client.patch(pods, keyOfPod(pod), { kind: 'strategic', patch }, { subresource: 'status' })
}

export function keyOfPod({ metadata: { namespace, name } }: Stored<Pod>): ObjectKey {
  return namespace === undefined ? { name } : { namespace, name }
}

function conditionPatch(pod: Stored<Pod>, { condition }: StatusChange, nowMs: number) {
  if (!condition) return {}
  const old = findCondition(pod.status?.conditions, condition.type)
  const { generation } = pod.metadata
  const next: PodCondition = {
    ...condition,
    lastTransitionTime:
      (old?.status === condition.status && old.lastTransitionTime) || formatTime(nowMs),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  }
  return old && deepEqual({ ...old, lastProbeTime: null }, { ...next, lastProbeTime: null })
    ? {}
    : { conditions: [next] }
}

function nominationPatch(pod: Stored<Pod>, { nominatedNodeName }: StatusChange) {
  if (nominatedNodeName === undefined) return {}
  if (nominatedNodeName === (pod.status?.nominatedNodeName ?? '')) return {}
  return { nominatedNodeName: nominatedNodeName === '' ? null : nominatedNodeName }
}
