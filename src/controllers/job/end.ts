import type { Job } from '#api'
import { findCondition, hasCondition } from '#machinery'

/** How a Job ends. */
export interface End {
  readonly kind: 'complete' | 'failed'
  readonly reason: string
  readonly message: string
}

/** An end is announced by one condition while pods are still leaving, and final with another. */
export const ends = [
  { kind: 'complete', target: 'SuccessCriteriaMet', final: 'Complete' },
  { kind: 'failed', target: 'FailureTarget', final: 'Failed' },
] as const

/** True once the Job carries Complete or Failed: nothing is done for it any more. */
export function isFinished({ status }: Job): boolean {
  return ends.some(({ final }) => hasCondition(status?.conditions, final))
}

/** The end that has been announced, while the last pods are still leaving. */
export function announcedEnd({ status }: Job): End | undefined {
  for (const { kind, target } of ends) {
    const found = findCondition(status?.conditions, target)
    if (found?.status === 'True') {
      return { kind, reason: found.reason ?? '', message: found.message ?? '' }
    }
  }
  return undefined
}
