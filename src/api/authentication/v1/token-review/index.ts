import { fieldPath } from '#machinery/validation'
import type { TokenReview } from '../../../generated/types/authentication-v1.ts'
import { requireValue } from '../../../shared/checks.ts'
import { nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/** TokenReviews ask whose a token is; they are never stored. */
export const tokenReviews = defineResource<TokenReview>(
  { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview' },
  {
    columns: [nameColumn],
    validate: ({ spec }) => requireValue(spec?.token, fieldPath('spec', 'token')),
  },
)
