import type { MutatingAdmissionPolicy } from '../../../generated/types/admissionregistration-v1.ts'
import { changeMember } from '../../../shared/change.ts'
import { ageColumn, integer, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { suffixWarnings } from '../shared/configuration.ts'
import { paramKindColumn } from '../shared/params.ts'
import { withPolicyDefaults } from '../shared/policy.ts'
import { validateMutatingPolicy } from './validation.ts'

/** MutatingAdmissionPolicies change objects before they are stored, by expressions. */
export const mutatingAdmissionPolicies = defineResource<MutatingAdmissionPolicy>(
  { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'MutatingAdmissionPolicy' },
  {
    columns: [
      nameColumn,
      integer('Mutations', ({ spec }) => spec?.mutations?.length),
      paramKindColumn,
      ageColumn,
    ],
    tracksGeneration: true,
    allowUnconditionalUpdate: false,
    default: (policy) => changeMember(policy, 'spec', withPolicyDefaults),
    validate: ({ spec }) => validateMutatingPolicy(spec),
    validateUpdate: ({ spec }, old) => validateMutatingPolicy(spec, old.spec),
    warnings: ({ metadata }) => suffixWarnings(metadata?.name ?? ''),
  },
)
