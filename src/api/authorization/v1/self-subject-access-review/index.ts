import type { SelfSubjectAccessReview } from '../../../generated/types/authorization-v1.ts'
import { nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateQuestion } from '../access.ts'

/** SelfSubjectAccessReviews ask what the asker may do; they are never stored. */
export const selfSubjectAccessReviews = defineResource<SelfSubjectAccessReview>(
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectAccessReview' },
  { columns: [nameColumn], validate: ({ spec }) => validateQuestion(spec) },
)
