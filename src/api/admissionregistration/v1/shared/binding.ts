import type { KubeObject } from '#machinery'
import { type FieldErrors, fieldPath, requiredField, subdomainName } from '#machinery/validation'
import type { MatchResources, ParamRef } from '../../../generated/types/admissionregistration-v1.ts'
import { changeMember } from '../../../shared/change.ts'
import { invalidWith } from '../../../shared/checks.ts'
import { text } from '../../../shared/columns.ts'
import { validateMatchResources, withMatchDefaults } from './match-resources.ts'
import { validateParamRef } from './params.ts'

/** What the specs of both kinds of bindings have alike. */
interface BindingSpec {
  readonly policyName?: string
  readonly paramRef?: ParamRef
  readonly matchResources?: MatchResources
}

/** The spec of a binding with its defaults. */
export function withBindingDefaults<S extends BindingSpec>(spec: S): S {
  // Cast: a binding of either kind has what it matches.
  return changeMember<BindingSpec, 'matchResources'>(spec, 'matchResources', withMatchDefaults) as S
}

/** Errors of what both kinds of bindings have alike. */
export function validateBinding({
  policyName = '',
  paramRef,
  matchResources,
}: BindingSpec): FieldErrors {
  const path = fieldPath('spec')
  const name = path.child('policyName')
  return [
    ...(policyName === ''
      ? [requiredField(name)]
      : invalidWith(name, policyName, subdomainName(policyName, false))),
    ...validateParamRef(paramRef),
    ...(matchResources ? validateMatchResources(matchResources, path.child('matchResources')) : []),
  ]
}

interface BindingObject extends KubeObject {
  readonly spec?: BindingSpec
}

/** The column of bindings that names the policy. */
export const policyNameColumn = text<BindingObject>(
  'PolicyName',
  ({ spec }) => spec?.policyName ?? '',
)
