import type { SubjectAccessReview } from '../../../generated/types/authorization-v1.ts'
import { nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateSubjectQuestion } from '../access.ts'

/** SubjectAccessReviews ask whether somebody may do something; they are never stored. */
export const subjectAccessReviews = defineResource<SubjectAccessReview>(
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SubjectAccessReview' },
  { columns: [nameColumn], validate: ({ spec }) => validateSubjectQuestion(spec) },
)
