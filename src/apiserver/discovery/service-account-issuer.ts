import type { ApiResponse } from '#machinery'
import { genericServerResponse } from '#machinery/status'
import type { TokenIssuer } from '../authn/token-issuer.ts'
import type { PathHandler } from '../request/path-handler.ts'

/** How long clients may keep the answers (upstream: `maxAge` in pkg/serviceaccount). */
const cacheControl = 'public, max-age=3600'

/**
 * What others verify tokens of service accounts with: OpenID Connect's discovery document and the
 * public keys (upstream: pkg/routes/openidmetadata.go). The ClusterRole
 * system:service-account-issuer-discovery says who may ask.
 */
export function issuerPaths(
  { discovery }: Pick<TokenIssuer, 'discovery'>,
  issuerUrl: string,
): ReadonlyMap<string, PathHandler> {
  return new Map([
    [
      '/.well-known/openid-configuration',
      answering('application/json', discovery.configuration(issuerUrl)),
    ],
    ['/openid/v1/jwks', answering('application/jwk-set+json', discovery.keys)],
  ])
}

function answering(contentType: string, value: object): PathHandler {
  const bytes = Buffer.from(JSON.stringify(value))
  const response: ApiResponse = {
    status: 200,
    headers: { 'cache-control': cacheControl },
    body: { kind: 'bytes', contentType, bytes },
  }
  return async ({ request }) => {
    if (request.method === 'GET') return response
    throw genericServerResponse({ code: 405, serverMessage: '' })
  }
}
