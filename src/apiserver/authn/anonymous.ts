import type { Authenticator } from './authenticator.ts'
import { anonymousUser, unauthenticatedGroup } from './groups.ts'

const openPaths = /^\/(version|(healthz|livez|readyz)(\/.*)?)$/

/**
 * Lets requests without credentials ask for health and version, nothing else. One whose
 * credentials do not hold stays refused.
 */
export const anonymousAuthenticator: Authenticator = Object.freeze<Authenticator>({
  name: 'anonymous',
  authenticate({ path, headers, clientCertificate }) {
    if (headers.authorization !== undefined || clientCertificate) return undefined
    if (!openPaths.test(path)) return undefined
    return { user: { name: anonymousUser, groups: [unauthenticatedGroup] } }
  },
})
