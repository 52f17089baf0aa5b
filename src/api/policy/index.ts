import { resourceList } from '../shared/define-resource.ts'
import { podDisruptionBudgets } from './v1/pod-disruption-budget/index.ts'

export { podDisruptionBudgets } from './v1/pod-disruption-budget/index.ts'

/** The kinds of policy. */
export const policyResources = resourceList([podDisruptionBudgets])
