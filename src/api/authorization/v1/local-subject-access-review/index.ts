import type { LocalSubjectAccessReview } from '../../../generated/types/authorization-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const localSubjectAccessReviews = defineResource<LocalSubjectAccessReview>(
  { group: 'authorization.k8s.io', version: 'v1', kind: 'LocalSubjectAccessReview' },
  { columns: [nameColumn, ageColumn] },
)
