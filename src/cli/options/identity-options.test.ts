import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  authenticationOf,
  authorizationOf,
  encryptionFilesOf,
  refuseInSimulation,
} from './identity-options.ts'

const oidc = { oidcIssuerUrl: 'https://issuer', oidcClientId: 'knarr' }
const username = (flags: object) =>
  authenticationOf({ ...oidc, ...flags }).oidc?.configuration.jwt?.[0]?.claimMappings?.username

test('flags of an issuer come to what upstream makes of them', () => {
  assert.deepEqual(authenticationOf({}), {})
  assert.deepEqual(
    authenticationOf({
      ...oidc,
      oidcGroupsClaim: 'roles',
      oidcSigningAlgs: 'RS256,ES256',
      oidcRequiredClaim: ['hd=a=b'],
    }).oidc,
    {
      configuration: {
        jwt: [
          {
            issuer: { url: 'https://issuer', audiences: ['knarr'] },
            claimMappings: {
              username: { claim: 'sub', prefix: 'https://issuer#' },
              groups: { claim: 'roles', prefix: '' },
            },
            claimValidationRules: [{ claim: 'hd', requiredValue: 'a=b' }],
          },
        ],
      },
      algorithms: ['RS256', 'ES256'],
    },
  )
  assert.deepEqual(username({ oidcUsernameClaim: 'email' }), { claim: 'email', prefix: '' })
  assert.deepEqual(username({ oidcUsernamePrefix: '-' }), { claim: 'sub', prefix: '' })
  assert.deepEqual(username({ oidcUsernamePrefix: 'o:' }), { claim: 'sub', prefix: 'o:' })
})

test('flags that do not go together are refused with upstream’s words', () => {
  assert.throws(() => authenticationOf({ oidcGroupsClaim: 'roles' }), {
    message:
      'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set',
  })
  assert.throws(() => authenticationOf({ ...oidc, authenticationConfig: 'x' }), {
    message: 'authentication-config file and oidc-* flags are mutually exclusive',
  })
  assert.throws(() => authenticationOf({ authenticationConfig: '/no/such' }), {
    code: 'NoSuchFile',
  })
  assert.throws(() => authenticationOf({ ...oidc, oidcRequiredClaim: ['hd'] }), {
    message: '--oidc-required-claim: malformed pair, expect string=string: hd',
  })
  assert.throws(() => encryptionFilesOf({ encryptionProviderConfigAutomaticReload: true }), {
    message:
      '--encryption-provider-config-automatic-reload must be set with --encryption-provider-config',
  })
  assert.throws(() => encryptionFilesOf({ encryptionProviderConfig: '/no/such' }), {
    code: 'NoSuchFile',
  })
  assert.throws(() => refuseInSimulation({ encryptionProviderConfig: 'x' }), {
    code: 'NothingToEncrypt',
  })
})

test('modes of authorization come to what upstream makes of them', () => {
  assert.deepEqual(authorizationOf({}), {})
  assert.deepEqual(authorizationOf({ authorizationMode: 'RBAC,AlwaysDeny' }), {
    authorizationModes: {
      authorizers: [
        { type: 'RBAC', name: 'rbac' },
        { type: 'AlwaysDeny', name: 'alwaysdeny' },
      ],
    },
  })
  const file = fileURLToPath(import.meta.url)
  const flags = { authorizationMode: 'Webhook', authorizationWebhookConfigFile: file }
  const [authorizer] =
    authorizationOf({ ...flags, authorizationWebhookCacheAuthorizedTtl: '0s' }).authorizationModes
      ?.authorizers ?? []
  assert.deepEqual(authorizer, {
    type: 'Webhook',
    name: 'default',
    webhook: {
      ...{ authorizedTTL: '0s', cacheAuthorizedRequests: false },
      ...{ unauthorizedTTL: '30s', cacheUnauthorizedRequests: true },
      ...{ timeout: '30s', failurePolicy: 'NoOpinion', subjectAccessReviewVersion: 'v1beta1' },
      connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: file },
    },
  })
  const refusals: readonly (readonly [object, string])[] = [
    [
      { authorizationMode: 'RBAC,RBAC' },
      'authorization-mode RBAC,RBAC has mode specified more than once',
    ],
    [
      { authorizationMode: 'Webhook' },
      "authorization-mode Webhook's authorization config file not passed",
    ],
    [
      { authorizationWebhookConfigFile: file },
      'cannot specify --authorization-webhook-config-file without mode Webhook',
    ],
    [
      { authorizationConfig: file, authorizationMode: 'RBAC' },
      '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
    ],
  ]
  for (const [given, message] of refusals) assert.throws(() => authorizationOf(given), { message })
})
