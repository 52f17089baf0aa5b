import { fieldPath } from '#machinery/validation'
import type { MutatingAdmissionPolicyBinding } from '../../../generated/types/admissionregistration-v1.ts'
import { changeMember } from '../../../shared/change.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { policyNameColumn, validateBinding, withBindingDefaults } from '../shared/binding.ts'
import { suffixWarnings } from '../shared/configuration.ts'
import { validateMutableOperations } from '../shared/match-resources.ts'
import { paramRefColumn } from '../shared/params.ts'

/** MutatingAdmissionPolicyBindings say which objects a policy changes, with which parameters. */
export const mutatingAdmissionPolicyBindings = defineResource<MutatingAdmissionPolicyBinding>(
  { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'MutatingAdmissionPolicyBinding' },
  {
    columns: [nameColumn, policyNameColumn, paramRefColumn, ageColumn],
    tracksGeneration: true,
    allowUnconditionalUpdate: false,
    default: (binding) => changeMember(binding, 'spec', withBindingDefaults),
    validate: ({ spec = {} }) => [
      ...validateBinding(spec),
      ...validateMutableOperations(spec.matchResources, fieldPath('spec').child('matchResources')),
    ],
    warnings: ({ metadata }) => suffixWarnings(metadata?.name ?? ''),
  },
)
