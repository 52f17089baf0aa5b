import {
  checkDns1123Subdomain,
  type FieldErrors,
  type FieldPath,
  invalidField,
} from '#machinery/validation'
import { validateNodeSelector } from '../../../core/v1/pod/validation/affinity.ts'
import type { NodeSelector } from '../../../generated/types/core-v1.ts'
import { invalidWith } from '../../../shared/checks.ts'

/** Where devices can be reached from. */
export interface NodeChoice {
  readonly nodeName?: string
  readonly nodeSelector?: NodeSelector
  readonly allNodes?: boolean
}

/** Errors of what a choice names, and which of its forms are used. */
export function validateNodeChoice(
  { nodeName, nodeSelector, allNodes }: NodeChoice,
  path: FieldPath,
  emptyName: string,
): { readonly errors: FieldErrors; readonly used: readonly string[] } {
  const errors: FieldErrors[] = []
  const used: string[] = []
  if (nodeName === '') errors.push([invalidField(path.child('nodeName'), '', emptyName)])
  else if (nodeName !== undefined) {
    used.push('`nodeName`')
    errors.push(invalidWith(path.child('nodeName'), nodeName, checkDns1123Subdomain(nodeName)))
  }
  if (nodeSelector) {
    used.push('`nodeSelector`')
    errors.push(validateNodeSelector(nodeSelector, path.child('nodeSelector')))
  }
  const all = requireTrue(allNodes, path.child('allNodes'))
  errors.push(all)
  if (allNodes) used.push('`allNodes`')
  return { errors: errors.flat(), used }
}

/** Errors of a flag that may be left out, but not be false. */
export function requireTrue(flag: boolean | undefined, path: FieldPath): FieldErrors {
  return flag === false ? [invalidField(path, false, 'must be either unset or set to true')] : []
}
