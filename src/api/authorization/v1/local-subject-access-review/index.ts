import type { LocalSubjectAccessReview } from '../../../generated/types/authorization-v1.ts'
import { nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateLocalQuestion } from '../access.ts'

/**
 * LocalSubjectAccessReviews ask whether somebody may do something in one namespace; they are never stored.
 */
export const localSubjectAccessReviews = defineResource<LocalSubjectAccessReview>(
  { group: 'authorization.k8s.io', version: 'v1', kind: 'LocalSubjectAccessReview' },
  {
    columns: [nameColumn],
    validate: ({ spec, metadata }) => validateLocalQuestion(spec, metadata?.namespace),
  },
)
