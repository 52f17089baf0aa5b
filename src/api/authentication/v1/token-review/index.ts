import type { TokenReview } from '../../../generated/types/authentication-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const tokenReviews = defineResource<TokenReview>(
  { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview' },
  { columns: [nameColumn, ageColumn] },
)
