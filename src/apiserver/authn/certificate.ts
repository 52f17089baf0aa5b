import type { Authenticator } from './authenticator.ts'
import { authenticatedGroup } from './groups.ts'

/**
 * The subject of a client certificate that TLS has verified: its common name is the user, its
 * organizations are the groups (upstream: CommonNameUserConversion).
 */
export const certificateAuthenticator: Authenticator = Object.freeze<Authenticator>({
  name: 'certificate',
  authenticate({ clientCertificate }) {
    if (!clientCertificate || clientCertificate.commonName === '') return undefined
    const { commonName: name, organizations } = clientCertificate
    return { user: { name, groups: [...organizations, authenticatedGroup] } }
  },
})
