import type { PodFailurePolicy } from '../../../generated/types/index.ts'
import { change, fill, mapItems } from '../../../shared/change.ts'

/** A condition that a rule names is one that is so. */
export function defaultFailurePolicy(policy: PodFailurePolicy): PodFailurePolicy {
  const rules = mapItems(policy.rules, (rule) =>
    change(rule, {
      onPodConditions: mapItems(rule.onPodConditions, (pattern) =>
        fill(pattern, { status: 'True' }),
      ),
    }),
  )
  return change(policy, { rules: rules ?? [] })
}
