import { type Pod, pods } from '#api'
import { type EventRecorder, referenceTo } from '#client'
import type { Stored } from '#machinery'
import { isNotFound } from '#machinery/status'
import type { BindContext } from './framework/plugin.ts'
import type { PodInfo } from './model/pod-info.ts'
import { keyOfPod, patchPodStatus } from './pod-status.ts'

export interface EvictionContext extends BindContext {
  readonly events: EventRecorder
}

export interface Preemption {
  readonly preemptor: PodInfo
  readonly node: string
  readonly victims: readonly PodInfo[]
  /** Pods of lower priority that hoped for the same node. */
  readonly outranked: readonly PodInfo[]
}

/**
 * Carries a preemption out: the outranked lose their nomination, the victims are marked, deleted
 * with their grace period, and told so. Rejects when a victim could not be deleted.
 */
export async function evict(context: EvictionContext, preemption: Preemption): Promise<void> {
  const { client, clock, events } = context
  const { preemptor, node } = preemption
  for (const { pod } of preemption.outranked) {
    await unlessGone(patchPodStatus(client, pod, { nominatedNodeName: '' }, clock.wallMs()))
  }
  for (const { pod } of preemption.victims) {
    if (pod.metadata.deletionTimestamp) continue
    const condition = disruptionOf(preemptor.pod)
    await unlessGone(patchPodStatus(client, pod, { condition }, clock.wallMs()))
    const preconditions = { uid: pod.metadata.uid }
    const isDeleted = await unlessGone(client.delete(pods, keyOfPod(pod), { preconditions }))
    if (!isDeleted) continue
    events.event(pod, {
      type: 'Normal',
      reason: 'Preempted',
      action: 'Preempting',
      related: referenceTo(preemptor.pod),
      message: `Preempted by pod ${preemptor.uid} on node ${node}`,
    })
  }
}

function disruptionOf({ spec }: Stored<Pod>) {
  return {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: `${spec?.schedulerName ?? ''}: preempting to accommodate a higher priority pod`,
  }
}

/** Whether the write reached its pod; one that is gone needs it no more. */
async function unlessGone(write: Promise<void>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}
