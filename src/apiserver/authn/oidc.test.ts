import assert from 'node:assert/strict'
import { constants, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, test } from 'node:test'
import { createVirtualClock } from '#lib'
import type { WebhookCall } from '../webhooks/transport.ts'
import type { TokenVerdict } from './bearer.ts'
import { oidcTokens } from './oidc-tokens.ts'
import type { AuthenticationConfiguration, JwtConfiguration } from './structured/configuration.ts'
import { createStructuredAuthentication } from './structured/structured-authentication.ts'

const api = 'https://kubernetes.default.svc'
const issuerUrl = 'https://issuer.example/realm'
const startMs = Date.parse('2026-01-01T00:00:00Z')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ecKeys = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
}

interface TestKey {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

function sign(claims: object, key: TestKey, algorithm: string, keyId = algorithm): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: algorithm, kid: keyId })}.${part(claims)}`
  const signature = createSign(`sha${algorithm.slice(2)}`)
    .update(signed)
    .sign({
      key: key.privateKey,
      ...(algorithm.startsWith('ES') && { dsaEncoding: 'ieee-p1363' as const }),
      ...(algorithm.startsWith('PS') && {
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      }),
    })
  return `${signed}.${signature.toString('base64url')}`
}

const claims = {
  iss: issuerUrl,
  aud: 'knarr',
  sub: 'jane',
  exp: startMs / 1000 + 600,
  jti: 'one',
}

const mappings = { username: { claim: 'sub', prefix: 'oidc:' } }
const plain: JwtConfiguration = {
  issuer: { url: issuerUrl, audiences: ['knarr'] },
  claimMappings: mappings,
}

/** An issuer whose keys can be changed, and tokens of which are judged by one configuration. */
function start(
  jwt: JwtConfiguration | AuthenticationConfiguration = plain,
  more: { readonly document?: object; readonly algorithms?: readonly string[] } = {},
) {
  const clock = createVirtualClock({ startWallMs: startMs })
  const keys = new Map<string, KeyObject>([['RS256', rsa.publicKey]])
  const calls: WebhookCall[] = []
  const state = { status: 200 }
  const configuration = 'issuer' in jwt ? { jwt: [jwt] } : jwt
  const authentication = createStructuredAuthentication(
    configuration as AuthenticationConfiguration,
    {
      ownIssuers: [api],
      ...(more.algorithms && { algorithms: more.algorithms }),
    },
  )
  const post = async (call: WebhookCall) => {
    calls.push(call)
    const jwks = [...keys].map(([kid, key]) => ({
      ...key.export({ format: 'jwk' }),
      kid,
      use: 'sig',
    }))
    const document = {
      issuer: issuerUrl,
      jwks_uri: 'https://keys.example/jwks?v=1',
      ...more.document,
    }
    const body = call.path.startsWith('/jwks') ? { keys: jwks } : document
    return {
      status: state.status,
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify(body)),
    }
  }
  const tokens = oidcTokens({ authentication, apiAudiences: [api], clock, transport: { post } })
  const judge = async (token: string, audiences = [api]): Promise<TokenVerdict> =>
    tokens.authenticateToken(token, audiences)
  return {
    clock,
    keys,
    calls,
    state,
    authentication,
    judge,
    async refusal(token: string) {
      const verdict = await judge(token)
      return verdict.kind === 'refused' ? verdict.reason : verdict
    },
    async user(given: object, key: TestKey = rsa, algorithm = 'RS256') {
      const verdict = await judge(sign({ ...claims, ...given }, key, algorithm))
      return verdict.kind === 'user' ? verdict.user : verdict
    },
  }
}

const jane = {
  name: 'oidc:jane',
  groups: ['system:authenticated'],
  extra: { 'authentication.kubernetes.io/credential-id': ['JTI=one'] },
}

describe('tokens of an issuer', () => {
  test('stand for a user once the issuer has told its keys, which it is asked for once', async () => {
    const { user, calls } = start()
    assert.deepEqual(await user({}), jane)
    assert.deepEqual(await user({ sub: 'joe' }), { ...jane, name: 'oidc:joe' })
    assert.deepEqual(
      calls.map(({ method, place, path, authority }) => [method, place.host, path, authority]),
      [
        ['GET', 'issuer.example', '/realm/.well-known/openid-configuration', 'issuer.example'],
        ['GET', 'keys.example', '/jwks?v=1', 'keys.example'],
      ],
    )
  })

  test('hold by each algorithm of upstream, and by no other', async () => {
    const { user, keys, judge } = start()
    for (const [name, { publicKey }] of Object.entries(ecKeys)) keys.set(name, publicKey)
    for (const name of ['RS384', 'RS512', 'PS256', 'PS384', 'PS512']) keys.set(name, rsa.publicKey)
    for (const algorithm of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']) {
      assert.deepEqual(await user({}, rsa, algorithm), jane, algorithm)
    }
    for (const [algorithm, key] of Object.entries(ecKeys)) {
      assert.deepEqual(await user({}, key, algorithm), jane, algorithm)
    }
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`
    assert.deepEqual(await judge(none), { kind: 'unknown' })
    const symmetric = sign(claims, rsa, 'RS256').replace(
      /^[^.]+/,
      Buffer.from('{"alg":"HS256","kid":"RS256"}').toString('base64url'),
    )
    assert.match(String((await judge(symmetric)).kind), /refused/)
  })

  test('by an algorithm that is not allowed are refused', async () => {
    const { refusal, keys } = start(plain, { algorithms: ['RS256'] })
    keys.set('ES256', ecKeys.ES256.publicKey)
    assert.equal(
      await refusal(sign(claims, ecKeys.ES256, 'ES256')),
      'oidc: verify token: oidc: id token signed with unsupported algorithm, expected ["RS256"] got "ES256"',
    )
  })

  test('of another issuer, or for another server, are not known', async () => {
    const { judge, calls } = start()
    assert.deepEqual(await judge(sign({ ...claims, iss: 'https://other' }, rsa, 'RS256')), {
      kind: 'unknown',
    })
    assert.deepEqual(await judge(sign(claims, rsa, 'RS256'), ['vault']), { kind: 'unknown' })
    assert.deepEqual(await judge('abc'), { kind: 'unknown' })
    assert.deepEqual(calls, [])
  })

  test('that have expired, or begin later, or are meant for others are refused without asking', async () => {
    const { refusal, calls, clock } = start()
    const token = (more: object) => sign({ ...claims, ...more }, rsa, 'RS256')
    assert.equal(
      await refusal(token({ exp: startMs / 1000 - 1 })),
      'oidc: verify token: oidc: token is expired (Token Expiry: 2025-12-31T23:59:59Z)',
    )
    assert.match(String(await refusal(token({ exp: undefined }))), /token is expired/)
    assert.equal(
      await refusal(token({ nbf: startMs / 1000 + 301 })),
      'oidc: verify token: oidc: current time 2026-01-01T00:00:00Z before the nbf (not before) time: 2026-01-01T00:05:01Z',
    )
    assert.equal(
      await refusal(token({ aud: ['a', 'b'] })),
      'oidc: verify token: oidc: expected audience "knarr" got ["a" "b"]',
    )
    assert.deepEqual(calls, [])
    const good = token({ nbf: startMs / 1000 + 299 })
    assert.equal(((await refusal(good)) as TokenVerdict).kind, 'user')
    await clock.advance(601_000)
    assert.match(String(await refusal(good)), /token is expired/)
  })

  test('signed by a key that is new make the issuer be asked again, but not each time', async () => {
    const { refusal, user, calls, keys, clock } = start()
    await user({})
    await clock.advance(60_000)
    const made = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const failed = 'oidc: verify token: failed to verify id token signature'
    assert.equal(await refusal(sign(claims, made, 'RS256', 'new')), failed)
    assert.equal(calls.length, 3)
    keys.set('new', made.publicKey)
    assert.equal(await refusal(sign(claims, made, 'RS256', 'new')), failed)
    assert.equal(calls.length, 3, 'whoever makes up keys makes no calls')
    assert.deepEqual(await user({}), jane, 'others go on')
    await clock.advance(10_000)
    const both = [1, 2].map(() => refusal(sign(claims, made, 'RS256', 'new')))
    assert.deepEqual(
      (await Promise.all(both)).map((each) => (each as TokenVerdict).kind),
      ['user', 'user'],
    )
    assert.equal(calls.length, 4, 'who comes while a request is out waits for it')
  })

  test('are refused while the issuer does not answer, and hold when it does', async () => {
    const { refusal, calls, clock, state } = start()
    state.status = 503
    const token = sign(claims, rsa, 'RS256')
    assert.match(String(await refusal(token)), /^oidc: verify token: fetching keys 503: /)
    state.status = 200
    assert.match(String(await refusal(token)), /fetching keys 503/, 'it is left in peace a while')
    assert.equal(calls.length, 1)
    await clock.advance(10_000)
    assert.equal(((await refusal(token)) as TokenVerdict).kind, 'user')
  })

  test('of an issuer that calls itself otherwise are refused; its document may stand elsewhere', async () => {
    const other = start(plain, { document: { issuer: 'https://evil.example' } })
    assert.equal(
      await other.refusal(sign(claims, rsa, 'RS256')),
      'oidc: verify token: fetching keys oidc: issuer did not match the issuer returned by provider, expected "https://issuer.example/realm" got "https://evil.example"',
    )
    const issuer = { ...plain.issuer, discoveryURL: 'https://inside.example/doc' }
    const elsewhere = start({ ...plain, issuer })
    assert.deepEqual(await elsewhere.user({}), jane)
    assert.equal(elsewhere.calls[0]?.authority, 'inside.example')
  })

  test('hold for one of several audiences', async () => {
    const issuer = { url: issuerUrl, audiences: ['knarr', 'web'], audienceMatchPolicy: 'MatchAny' }
    const { user, refusal } = start({ ...plain, issuer })
    assert.deepEqual(await user({ aud: ['x', 'web'] }), jane)
    assert.equal(
      await refusal(sign({ ...claims, aud: 'x' }, rsa, 'RS256')),
      'oidc: verify token: oidc: expected audience in ["knarr" "web"] got ["x"]',
    )
  })

  test('of a configuration that was replaced hold no more', async () => {
    const { user, authentication } = start()
    assert.deepEqual(await user({}), jane)
    assert.throws(() => authentication.replace({ jwt: [{}] }), { message: /jwt\[0\].issuer.url/ })
    assert.deepEqual(await user({}), jane)
    authentication.replace({ jwt: [] })
    assert.deepEqual(await user({}), { kind: 'unknown' })
    assert.throws(() => authentication.replace({ anonymous: { enabled: true } }), {
      message: 'anonymous: Forbidden: changed from initial configuration file',
    })
  })
})

describe('claims', () => {
  const withMappings = (claimMappings: object, more: Partial<JwtConfiguration> = {}) =>
    start({ ...plain, claimMappings: { ...mappings, ...claimMappings }, ...more })

  test('become groups and a uid', async () => {
    const { user } = withMappings({
      groups: { claim: 'roles', prefix: 'oidc:' },
      uid: { claim: 'id' },
    })
    const found = await user({ roles: ['a', 'b'], id: 'u-1' })
    assert.deepEqual(found, {
      ...jane,
      uid: 'u-1',
      groups: ['oidc:a', 'oidc:b', 'system:authenticated'],
    })
    assert.deepEqual(await user({ roles: 'one', id: 'x' }), {
      ...jane,
      uid: 'x',
      groups: ['oidc:one', 'system:authenticated'],
    })
  })

  test('become a user by expressions', async () => {
    const { user } = withMappings({
      username: { expression: '"user-" + claims.sub' },
      groups: { expression: 'claims.roles.split(",") + (claims.admin ? ["admins"] : [])' },
      uid: { expression: 'claims.example__dot__org.id' },
      extra: [
        { key: 'example.org/tier', valueExpression: 'string(claims.tier)' },
        { key: 'example.org/none', valueExpression: '""' },
        { key: 'example.org/some', valueExpression: '["a", "", "b"]' },
      ],
    })
    const given = { roles: 'a,b', admin: true, 'example.org': { id: 'u-7' }, tier: 2 }
    assert.deepEqual(await user(given), {
      name: 'user-jane',
      uid: 'u-7',
      groups: ['a', 'b', 'admins', 'system:authenticated'],
      extra: { ...jane.extra, 'example.org/tier': ['2'], 'example.org/some': ['a', 'b'] },
    })
  })

  const refusals: readonly (readonly [string, Partial<JwtConfiguration>, object, string])[] = [
    [
      'whose rule does not hold',
      {
        claimValidationRules: [
          { expression: 'claims.exp - claims.nbf <= 3600', message: 'too long a life' },
        ],
      },
      { nbf: startMs / 1000 - 7200 },
      "oidc: error evaluating claim validation expression: validation expression 'claims.exp - claims.nbf <= 3600' failed: too long a life",
    ],
    [
      'without what a rule looks at',
      { claimValidationRules: [{ expression: 'claims.hd == "a"', message: '' }] },
      {},
      `oidc: error evaluating claim validation expression: expression 'claims.hd == "a"' resulted in error: no such key: hd`,
    ],
    [
      'of a user that a rule refuses',
      {
        userValidationRules: [
          { expression: '!user.username.startsWith("oidc:j")', message: 'no j' },
        ],
      },
      {},
      `oidc: error evaluating user info validation rule: validation expression '!user.username.startsWith("oidc:j")' failed: no j`,
    ],
    [
      'without a claim that is required',
      { claimValidationRules: [{ claim: 'hd', requiredValue: 'example.org' }] },
      {},
      'oidc: required claim hd not present in ID token',
    ],
    [
      'with another value of a claim that is required',
      { claimValidationRules: [{ claim: 'hd', requiredValue: 'example.org' }] },
      { hd: 'x' },
      'oidc: required claim hd value does not match. Got = x, want = example.org',
    ],
    [
      'without the name',
      { claimMappings: { username: { claim: 'login', prefix: '' } } },
      {},
      'oidc: parse username claims "login": claim not present',
    ],
    [
      'with a name that is no text',
      { claimMappings: { username: { claim: 'login', prefix: '' } } },
      { login: 7 },
      'oidc: parse username claims "login": json: cannot unmarshal number into Go value of type string',
    ],
    [
      'whose address is not verified',
      { claimMappings: { username: { claim: 'email', prefix: '' } } },
      { email: 'a@b', email_verified: false },
      'oidc: email not verified',
    ],
    [
      'whose expression gives no name',
      { claimMappings: { username: { expression: 'claims.nick' } } },
      { nick: '' },
      'oidc: empty username via CEL expression is not allowed',
    ],
    [
      'whose groups are no texts',
      { claimMappings: { ...mappings, groups: { expression: '[1]' } } },
      {},
      'oidc: error evaluating group claim expression: expression must return a string or a list of strings',
    ],
  ]
  for (const [what, more, given, message] of refusals) {
    test(`are refused ${what}`, async () => {
      const { refusal } = start({ ...plain, ...more })
      assert.equal(await refusal(sign({ ...claims, ...given }, rsa, 'RS256')), message)
    })
  }
})
