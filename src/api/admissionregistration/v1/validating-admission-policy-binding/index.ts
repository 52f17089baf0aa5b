import {
  duplicateField,
  type FieldError,
  type FieldErrors,
  fieldPath,
  invalidField,
  notSupportedField,
  requiredField,
} from '#machinery/validation'
import type { ValidatingAdmissionPolicyBinding } from '../../../generated/types/admissionregistration-v1.ts'
import { changeMember } from '../../../shared/change.ts'
import { eachItem, ensure } from '../../../shared/checks.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { policyNameColumn, validateBinding, withBindingDefaults } from '../shared/binding.ts'
import { suffixWarnings } from '../shared/configuration.ts'
import { paramRefColumn } from '../shared/params.ts'

/** ValidatingAdmissionPolicyBindings say where a policy holds, with which parameters, and what follows. */
export const validatingAdmissionPolicyBindings = defineResource<ValidatingAdmissionPolicyBinding>(
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind: 'ValidatingAdmissionPolicyBinding',
  },
  {
    columns: [nameColumn, policyNameColumn, paramRefColumn, ageColumn],
    tracksGeneration: true,
    allowUnconditionalUpdate: false,
    default: (binding) => changeMember(binding, 'spec', withBindingDefaults),
    validate: ({ spec = { policyName: '', validationActions: [] } }) => [
      ...validateBinding(spec),
      ...validateActions(spec.validationActions ?? []),
    ],
    warnings: ({ metadata }) => suffixWarnings(metadata?.name ?? ''),
  },
)

const known: readonly string[] = ['Audit', 'Deny', 'Warn']

function validateActions(actions: readonly string[]): FieldErrors {
  const path = fieldPath('spec').child('validationActions')
  const isContradiction = actions.includes('Deny') && actions.includes('Warn')
  return [
    ...eachItem(actions, path, (action, each, i) => [
      ...ensure(known.includes(action), () => notSupportedField(each, action, known)),
      ...ensure(actions.indexOf(action) === i, (): FieldError => duplicateField(each, action)),
    ]),
    ...ensure(!isContradiction, () =>
      invalidField(
        path,
        actions,
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ),
    ),
    ...ensure(actions.length > 0, () =>
      requiredField(path, 'at least one validation action is required'),
    ),
  ]
}
