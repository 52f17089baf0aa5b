import type { ServiceAccount } from '../../../generated/types/index.ts'
import { ageColumn, integer, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/** ServiceAccounts are the identities of pods. */
export const serviceAccounts = defineResource<ServiceAccount>(
  { group: '', version: 'v1', kind: 'ServiceAccount' },
  {
    columns: [nameColumn, integer('Secrets', ({ secrets }) => secrets?.length), ageColumn],
    subresources: {
      token: {
        kind: 'action',
        group: 'authentication.k8s.io',
        version: 'v1',
        objectKind: 'TokenRequest',
        schemaName: 'io.k8s.api.authentication.v1.TokenRequest',
      },
    },
  },
)
