import type { SelfSubjectReview } from '../../../generated/types/authentication-v1.ts'
import { nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/** SelfSubjectReviews tell the asker who they are; they are never stored. */
export const selfSubjectReviews = defineResource<SelfSubjectReview>(
  { group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview' },
  { columns: [nameColumn] },
)
