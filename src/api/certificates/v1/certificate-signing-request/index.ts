import type { CertificateSigningRequest } from '../../../generated/types/certificates-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const certificateSigningRequests = defineResource<CertificateSigningRequest>(
  { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' },
  { columns: [nameColumn, ageColumn] },
)
