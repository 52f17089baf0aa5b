import type { ValidatingAdmissionPolicy } from '../../../generated/types/admissionregistration-v1.ts'
import { change, changeMember } from '../../../shared/change.ts'
import { ageColumn, integer, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart } from '../../../shared/status.ts'
import { suffixWarnings } from '../shared/configuration.ts'
import { paramKindColumn } from '../shared/params.ts'
import { withPolicyDefaults } from '../shared/policy.ts'
import { validatePolicyStatus } from './status.ts'
import { validateValidatingPolicy } from './validation.ts'

/** ValidatingAdmissionPolicies hold requests to expressions. */
export const validatingAdmissionPolicies = defineResource<ValidatingAdmissionPolicy>(
  { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingAdmissionPolicy' },
  {
    columns: [
      nameColumn,
      integer('Validations', ({ spec }) => spec?.validations?.length),
      paramKindColumn,
      ageColumn,
    ],
    tracksGeneration: true,
    allowUnconditionalUpdate: false,
    default: (policy) => changeMember(policy, 'spec', withPolicyDefaults),
    prepareForCreate: (draft) => change(draft, { status: {} }),
    prepareForUpdate: keepStatus,
    validate: ({ metadata, spec }) => validateValidatingPolicy(metadata?.name ?? '', spec),
    validateUpdate: ({ metadata, spec }, old) =>
      validateValidatingPolicy(metadata?.name ?? '', spec, old.spec),
    warnings: ({ metadata }) => suffixWarnings(metadata?.name ?? ''),
    subresources: {
      status: statusPart({ validate: ({ status }) => validatePolicyStatus(status) }),
    },
  },
)
