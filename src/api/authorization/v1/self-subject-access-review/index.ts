import type { SelfSubjectAccessReview } from '../../../generated/types/authorization-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const selfSubjectAccessReviews = defineResource<SelfSubjectAccessReview>(
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectAccessReview' },
  { columns: [nameColumn, ageColumn] },
)
