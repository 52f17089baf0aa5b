import { hasCondition } from '#machinery'
import type { Pod } from '../../../generated/types/index.ts'

/** Whether the pod's Ready condition is True. */
export function isPodReady({ status }: Pod): boolean {
  return hasCondition(status?.conditions, 'Ready')
}

/** Whether the pod has ended for good: its phase is Succeeded or Failed. */
export function isPodTerminal({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}
