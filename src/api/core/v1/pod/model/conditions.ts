import { hasCondition } from '#machinery'
import type { Pod, PodCondition, PodStatus } from '../../../../generated/types/index.ts'
import { mapItems } from '../../../../shared/change.ts'

/** Upstream shows a time that nobody has set as null, and nobody sets this one. */
const unset = null as unknown as string
/** The probe time of a condition that nobody probes, which upstream shows as null. */
export const neverProbed: Pick<PodCondition, 'lastProbeTime'> = { lastProbeTime: unset }

/** A status whose conditions show both of their times. */
export function showTimes(status: PodStatus): PodStatus {
  const { conditions } = status
  const shown = mapItems(conditions, showBoth)
  return shown === conditions || !shown ? status : { ...status, conditions: shown }
}

function showBoth(condition: PodCondition): PodCondition {
  const { lastProbeTime, lastTransitionTime } = condition
  if (lastProbeTime !== undefined && lastTransitionTime !== undefined) return condition
  return { ...neverProbed, lastTransitionTime: unset, ...condition }
}

/** Whether the pod's Ready condition is True. */
export function isPodReady({ status }: Pod): boolean {
  return hasCondition(status?.conditions, 'Ready')
}

/** Whether the pod has ended for good: its phase is Succeeded or Failed. */
export function isPodTerminal({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}
