import type { SelfSubjectRulesReview } from '../../../generated/types/authorization-v1.ts'
import { nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateRulesQuestion } from '../access.ts'

/** SelfSubjectRulesReviews list what the asker may do in a namespace; they are never stored. */
export const selfSubjectRulesReviews = defineResource<SelfSubjectRulesReview>(
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectRulesReview' },
  { columns: [nameColumn], validate: ({ spec }) => validateRulesQuestion(spec?.namespace) },
)
