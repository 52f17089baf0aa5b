import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authenticationOf, encryptionFilesOf, refuseInSimulation } from './identity-options.ts'

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
