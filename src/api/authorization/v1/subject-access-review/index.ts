import type { SubjectAccessReview } from '../../../generated/types/authorization-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const subjectAccessReviews = defineResource<SubjectAccessReview>(
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SubjectAccessReview' },
  { columns: [nameColumn, ageColumn] },
)
