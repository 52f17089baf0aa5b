import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { pods, secrets, serviceAccounts } from '#api'
import { createVirtualClock, seededRandom } from '#lib'
import { type ApiRequest, formatTime, type KubeObject, type ResourceRef } from '#machinery'
import { objectsOf } from '../admission/objects-fixture.ts'
import type { Authentication } from './authenticator.ts'
import { authenticators } from './index.ts'
import { unverifiedClaims } from './jwt.ts'
import { createTokenIssuer } from './token-issuer.ts'

const startMs = Date.parse('2026-01-01T00:00:00Z')
const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const pem = (key: typeof ecKey) => key.export({ type: 'pkcs8', format: 'pem' }) as string
const server = 'https://kubernetes.default.svc'
const clockAt = (offsetMs: number) => ({
  ...createVirtualClock(),
  wallMs: () => startMs + offsetMs,
})

function issuerAt(offsetMs: number, key = ecKey) {
  return createTokenIssuer({
    key: pem(key),
    issuer: server,
    audiences: [server],
    clock: clockAt(offsetMs),
    random: seededRandom(1),
  })
}

type Known = readonly [ResourceRef, KubeObject]
const account: Known = [serviceAccounts, { metadata: { namespace: 'ns', name: 'sa', uid: 'sa-1' } }]
const podOf = (metadata: object): Known => [
  pods,
  { metadata: { namespace: 'ns', name: 'p', uid: 'p-1', ...metadata } },
]
const pod = podOf({})
const bound = { kind: 'Pod', name: 'p', uid: 'p-1' } as const
const who = { namespace: 'ns', name: 'sa', uid: 'sa-1' }

async function ask(token: string, known: readonly Known[], atMs = 0, path = '/api') {
  const objects = objectsOf(known)
  const all = authenticators({ issuer: issuerAt(0), objects, clock: clockAt(atMs) })
  return firstOf(all, { ...request(path), headers: { authorization: `Bearer ${token}` } })
}

async function firstOf(all: ReturnType<typeof authenticators>, asked: ApiRequest) {
  for (const each of all) {
    const found = await each.authenticate(asked, AbortSignal.abort())
    if (found) return found
  }
  return undefined
}

function request(path: string): ApiRequest {
  return { method: 'GET', path, query: new URLSearchParams(), headers: {} }
}

test('a bound token carries upstream’s claims', () => {
  const token = issuerAt(0).issue({
    ...who,
    expirationSeconds: 3607,
    bound,
    node: { name: 'n', uid: 'n-1' },
  })
  const now = startMs / 1000
  assert.deepEqual(unverifiedClaims(token), {
    aud: [server],
    exp: now + 31_536_000,
    iat: now,
    iss: server,
    jti: seededRandom(1).uuid(),
    'kubernetes.io': {
      namespace: 'ns',
      node: { name: 'n', uid: 'n-1' },
      pod: { name: 'p', uid: 'p-1' },
      serviceaccount: { name: 'sa', uid: 'sa-1' },
      warnafter: now + 3607,
    },
    nbf: now,
    sub: 'system:serviceaccount:ns:sa',
  })
})

test('a bound token proves the service account and names its pod', async () => {
  const token = issuerAt(0).issue({ ...who, expirationSeconds: 600, bound, node: { name: 'n' } })
  const found = (await ask(token, [account, pod])) as Authentication
  assert.deepEqual(found, {
    user: {
      name: 'system:serviceaccount:ns:sa',
      uid: 'sa-1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${seededRandom(1).uuid()}`],
        'authentication.kubernetes.io/node-name': ['n'],
        'authentication.kubernetes.io/pod-name': ['p'],
        'authentication.kubernetes.io/pod-uid': ['p-1'],
      },
    },
    audiences: [server],
  })
})

const life: [name: string, known: Known[], atMs: number, holds: boolean][] = [
  ['within its time', [account, pod], 600_000, true],
  ['after its time', [account, pod], 601_000, false],
  ['before its time', [account, pod], -1000, false],
  ['without its account', [pod], 0, false],
  ['without its pod', [account], 0, false],
  ['with another pod of the name', [account, podOf({ uid: 'p-2' })], 0, false],
  [
    'a minute after its pod',
    [account, podOf({ deletionTimestamp: formatTime(startMs) })],
    60_000,
    true,
  ],
  [
    'more than a minute after its pod',
    [account, podOf({ deletionTimestamp: formatTime(startMs) })],
    60_001,
    false,
  ],
]
for (const [name, known, atMs, holds] of life) {
  test(`a token ${name} ${holds ? 'holds' : 'is refused'}`, async () => {
    const found = await ask(
      issuerAt(0).issue({ ...who, expirationSeconds: 600, bound }),
      known,
      atMs,
    )
    assert.equal(found !== undefined && 'user' in found, holds)
    if (!holds) assert.equal((found as Error).message, 'Unauthorized')
  })
}

test('a token for others, one of another key and a changed one are refused', async () => {
  const issue = { ...who, expirationSeconds: 600 }
  const good = issuerAt(0).issue(issue)
  const [head, body, signature] = good.split('.')
  const changed = JSON.stringify({ ...unverifiedClaims(good), sub: 'x' })
  const texts = [
    issuerAt(0).issue({ ...issue, audiences: ['vault'] }),
    issuerAt(0, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey).issue(issue),
    [head, Buffer.from(changed).toString('base64url'), signature].join('.'),
    // Other ways to write the same bytes: padding, bits that say nothing, the other alphabet.
    `${good}==`,
    `${head}.${body}.${otherEnd(signature)}`,
    [head, `${body}=`, signature].join('.'),
    [head, body, ''].join('.'),
    'nonsense',
  ]
  assert.ok('user' in ((await ask(good, [account])) ?? {}))
  for (const text of texts) assert.ok((await ask(text, [account])) instanceof Error)
})

test('an RSA key signs as well, and discovery shows the public half only', () => {
  const issuer = issuerAt(0, rsaKey)
  const token = issuer.issue({ ...who, expirationSeconds: 600 })
  assert.equal((issuer.read(token) as { kind: string }).kind, 'bound')
  const [key] = (issuer.discovery.keys as { keys: Record<string, string>[] }).keys
  assert.deepEqual(Object.keys(key ?? {}).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
  assert.deepEqual(issuer.discovery.configuration('https://a:6443'), {
    issuer: server,
    jwks_uri: 'https://a:6443/openid/v1/jwks',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  })
})

test('a token that stands in a Secret holds as long as the Secret has it', async () => {
  const token = issuerAt(0).issueLegacy(who, 'tok')
  const holding = (text: string): Known => [
    secrets,
    {
      metadata: { namespace: 'ns', name: 'tok' },
      data: { token: Buffer.from(text).toString('base64') },
    } as KubeObject,
  ]
  assert.ok('user' in ((await ask(token, [account, holding(token)])) ?? {}))
  assert.ok((await ask(token, [account, holding('other')])) instanceof Error)
  assert.ok((await ask(token, [account])) instanceof Error)
})

const bootstrap = (data: Record<string, string>): Known => [
  secrets,
  {
    metadata: { namespace: 'kube-system', name: 'bootstrap-token-abcdef' },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(
      Object.entries({
        'token-id': 'abcdef',
        'token-secret': '0123456789abcdef',
        'usage-bootstrap-authentication': 'true',
        ...data,
      }).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  } as KubeObject,
]
const bootstrapCases: [
  name: string,
  token: string,
  data: Record<string, string>,
  holds: boolean,
][] = [
  ['that is right', 'abcdef.0123456789abcdef', {}, true],
  ['with a wrong secret', 'abcdef.0123456789abcdee', {}, false],
  [
    'not meant for that',
    'abcdef.0123456789abcdef',
    { 'usage-bootstrap-authentication': 'false' },
    false,
  ],
  ['after its time', 'abcdef.0123456789abcdef', { expiration: '2025-12-31T00:00:00Z' }, false],
  [
    'with a group not its own',
    'abcdef.0123456789abcdef',
    { 'auth-extra-groups': 'system:masters' },
    false,
  ],
]
for (const [name, token, data, holds] of bootstrapCases) {
  test(`a bootstrap token ${name} ${holds ? 'holds' : 'is refused'}`, async () => {
    const found = await ask(token, [bootstrap(data)])
    if (!holds) return assert.ok(found instanceof Error)
    assert.deepEqual((found as Authentication).user, {
      name: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:authenticated'],
    })
  })
}

test('a client certificate names the user and the groups', async () => {
  const all = authenticators({ issuer: issuerAt(0), objects: objectsOf([]), clock: clockAt(0) })
  const clientCertificate = { commonName: 'ann', organizations: ['devs'] }
  assert.deepEqual(await firstOf(all, { ...request('/api'), clientCertificate }), {
    user: { name: 'ann', groups: ['devs', 'system:authenticated'] },
  })
})

const paths: [path: string, open: boolean][] = [
  ['/healthz', true],
  ['/livez/etcd', true],
  ['/readyz', true],
  ['/version', true],
  ['/versions', false],
  ['/api', false],
  ['/', false],
]
for (const [path, open] of paths) {
  test(`${path} is ${open ? '' : 'not '}open to requests without credentials`, async () => {
    const all = authenticators({ issuer: issuerAt(0), objects: objectsOf([]), clock: clockAt(0) })
    const want = { user: { name: 'system:anonymous', groups: ['system:unauthenticated'] } }
    assert.deepEqual(await firstOf(all, request(path)), open ? want : undefined)
  })
}

test('bad credentials are refused even where none are needed', async () => {
  assert.ok((await ask('nonsense', [], 0, '/healthz')) instanceof Error)
})

/** The text of the same bytes whose last character has another bit set that stands for nothing. */
function otherEnd(text = ''): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1]
}

test('tokens of a key that was rotated away, and of an earlier issuer, go on to hold', async () => {
  const publicPem = (key: typeof ecKey) =>
    createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const rotated = createTokenIssuer({
    key: pem(p384),
    otherKeys: [`${publicPem(ecKey)}${publicPem(rsaKey)}`],
    issuer: 'https://new',
    otherIssuers: [server],
    audiences: ['https://new', server],
    clock: clockAt(0),
    random: seededRandom(1),
  })
  const issue = { namespace: 'ns', name: 'sa', uid: 'sa-1', expirationSeconds: 600 }
  const objects = objectsOf([account])
  const all = authenticators({ issuer: rotated, objects, clock: clockAt(0) })
  for (const issuer of [issuerAt(0), issuerAt(0, rsaKey), rotated]) {
    const headers = { authorization: `Bearer ${issuer.issue(issue)}` }
    const found = await firstOf(all, { ...request('/api'), headers })
    assert.ok(found && 'user' in found)
    assert.equal(found.user.name, 'system:serviceaccount:ns:sa')
  }
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const forged = { authorization: `Bearer ${issuerAt(0, stranger).issue(issue)}` }
  assert.ok((await firstOf(all, { ...request('/api'), headers: forged })) instanceof Error)
  const { keys } = rotated.discovery.keys as { readonly keys: readonly { readonly alg: string }[] }
  assert.deepEqual(
    keys.map(({ alg }) => alg),
    ['ES384', 'ES256', 'RS256'],
  )
  const { id_token_signing_alg_values_supported: algorithms } = rotated.discovery.configuration(
    'https://new',
  ) as Readonly<Record<string, unknown>>
  assert.deepEqual(algorithms, ['ES256', 'ES384', 'RS256'])
})

test('only a token that is bound to a pod gets the longer life of old clients', () => {
  const options = { ...who, expirationSeconds: 3607 }
  const lifeOf = (more: object) => {
    const { exp, iat } = unverifiedClaims(issuerAt(0).issue({ ...options, ...more })) ?? {}
    return Number(exp) - Number(iat)
  }
  assert.equal(lifeOf({ bound }), 365 * 24 * 3600)
  assert.equal(lifeOf({}), 3607)
  assert.equal(lifeOf({ bound: { ...bound, kind: 'Secret' } }), 3607)
})
