import { type Pod, pods } from '#api'
import { formatTime, type Stored } from '#machinery'
import { isNotFound } from '#machinery/status'
import type { ControllerContext } from '../runner/controller.ts'

/** Why a pod is taken away, as its condition DisruptionTarget says it: Jobs tell it from a failure by that. */
export interface Disruption {
  readonly reason: string
  readonly message: string
}

/** The condition DisruptionTarget of a pod that is about to be deleted. */
export function disruptionCondition({ reason, message }: Disruption, nowMs: number) {
  return {
    type: 'DisruptionTarget',
    status: 'True',
    reason,
    message,
    lastTransitionTime: formatTime(nowMs),
  }
}

/** Marks a pod as disrupted, then deletes it; one that is gone already is gone. */
export async function disruptPod(
  { metadata }: Stored<Pod>,
  disruption: Disruption,
  { client, clock }: Pick<ControllerContext, 'client' | 'clock'>,
): Promise<void> {
  const { uid } = metadata
  const conditions = [disruptionCondition(disruption, clock.wallMs())]
  try {
    const patch = { metadata: { uid }, status: { conditions } }
    await client.patch(pods, metadata, { kind: 'strategic', patch }, { subresource: 'status' })
    await client.delete(pods, metadata, { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
