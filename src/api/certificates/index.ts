import { resourceList } from '../shared/define-resource.ts'
import { certificateSigningRequests } from './v1/certificate-signing-request/index.ts'

export { certificateSigningRequests } from './v1/certificate-signing-request/index.ts'

/** The kinds of certificates.k8s.io. */
export const certificatesResources = resourceList([certificateSigningRequests])
