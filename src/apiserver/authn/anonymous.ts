import type { Authenticator } from './authenticator.ts'
import { anonymousUser, unauthenticatedGroup } from './groups.ts'
import type { AnonymousConfiguration } from './structured/configuration.ts'

const openPaths = /^\/(version|(healthz|livez|readyz)(\/.*)?)$/

/**
 * Lets requests without credentials through as a user of their own; what that one may do is for authorizers to
 * say. Unless something is configured, health and version can be asked for so, and nothing else. Requests
 * whose credentials do not hold stay refused.
 */
export function anonymousAuthenticators(
  configured: AnonymousConfiguration | undefined,
): readonly Authenticator[] {
  if (!configured) return [anonymousAuthenticator((path) => openPaths.test(path))]
  const { enabled = false, conditions = [] } = configured
  if (!enabled) return []
  const paths = new Set(conditions.map(({ path = '' }) => path))
  return [anonymousAuthenticator((path) => paths.size === 0 || paths.has(path))]
}

function anonymousAuthenticator(isOpen: (path: string) => boolean): Authenticator {
  return Object.freeze<Authenticator>({
    name: 'anonymous',
    authenticate({ path, headers, clientCertificate, frontProxyCertificate }) {
      if (headers.authorization !== undefined) return undefined
      if (clientCertificate || frontProxyCertificate) return undefined
      if (!isOpen(path)) return undefined
      return { user: { name: anonymousUser, groups: [unauthenticatedGroup] } }
    },
  })
}
