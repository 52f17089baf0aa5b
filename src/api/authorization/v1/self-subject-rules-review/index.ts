import type { SelfSubjectRulesReview } from '../../../generated/types/authorization-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const selfSubjectRulesReviews = defineResource<SelfSubjectRulesReview>(
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectRulesReview' },
  { columns: [nameColumn, ageColumn] },
)
