import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import { createVirtualClock, seededRandom } from '#lib'
import { createTokenIssuer } from '../authn/token-issuer.ts'
import { requestInfoOf } from '../request/request-info.ts'
import { issuerPaths } from './service-account-issuer.ts'

const issuer = 'https://kubernetes.default.svc.cluster.local'
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const tokens = createTokenIssuer({
  key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  issuer,
  audiences: [issuer],
  clock: createVirtualClock(),
  random: seededRandom(1),
})

async function get(path: string, method: 'GET' | 'POST' = 'GET') {
  const request = { method, path, query: new URLSearchParams(), headers: {} }
  const context = {
    request,
    info: requestInfoOf(request),
    user: { name: 'a', groups: [] },
    ...{ warnings: [], auditId: '' },
  }
  const answer = await issuerPaths(tokens, issuer).get(path)?.(context, AbortSignal.abort())
  assert.ok(answer?.body.kind === 'bytes')
  const { contentType, bytes } = answer.body
  return { headers: answer.headers, contentType, value: JSON.parse(Buffer.from(bytes).toString()) }
}

test('a stranger verifies a token with nothing but what discovery says', async () => {
  const {
    value: configuration,
    contentType,
    headers,
  } = await get('/.well-known/openid-configuration')
  assert.equal(contentType, 'application/json')
  assert.equal(headers['cache-control'], 'public, max-age=3600')
  assert.deepEqual(configuration, {
    issuer,
    jwks_uri: `${issuer}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  })
  const { value: set, contentType: setType } = await get(new URL(configuration.jwks_uri).pathname)
  assert.equal(setType, 'application/jwk-set+json')
  const token = tokens.issue({ namespace: 'a', name: 'b', uid: 'c', expirationSeconds: 600 })
  const [head = '', body = '', signature = ''] = token.split('.')
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString())
  const key = set.keys.find((each: { readonly kid: string }) => each.kid === kid)
  const publicKey = createPublicKey({ key, format: 'jwk' })
  const signed = Buffer.from(`${head}.${body}`)
  assert.ok(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url')))
})

test('discovery is read only', async () => {
  await assert.rejects(get('/openid/v1/jwks', 'POST'), { code: 405 })
})
