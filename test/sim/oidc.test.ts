import assert from 'node:assert/strict'
import { createSign, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '#lib'
import { makeTestCertificates } from '../../src/apiserver/http/certificates-fixture.ts'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'

const directory = mkdtempSync(join(tmpdir(), 'knarr-oidc-'))
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const asked: string[] = []
let provider: ReturnType<typeof createServer>
let issuer = ''
let clusters: readonly ServedSimulation[] = []

/** An issuer over HTTPS, with a certificate that only the configuration trusts. */
before(async () => {
  const { authority, server } = await makeTestCertificates()
  provider = createServer({ key: server.key, cert: server.certificate }, (request, response) => {
    asked.push(request.url ?? '')
    const document = { issuer, jwks_uri: `${issuer}/keys` }
    const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }]
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(request.url === '/keys' ? { keys } : document))
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  issuer = `https://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const caFile = join(directory, 'ca.pem')
  writeFileSync(caFile, authority)
  const file = join(directory, 'authentication.yaml')
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      jwt: [
        {
          issuer: { url: issuer, audiences: ['knarr'], certificateAuthority: authority },
          claimMappings: {
            username: { expression: '"oidc:" + claims.sub' },
            groups: { claim: 'groups', prefix: 'oidc:' },
            extra: [{ key: 'example.org/team', valueExpression: 'claims.team' }],
          },
          userValidationRules: [
            { expression: "!user.username.startsWith('oidc:system')", message: 'reserved' },
          ],
        },
      ],
      anonymous: { enabled: true, conditions: [{ path: '/livez' }] },
    }),
  )
  const flags = ['--oidc-issuer-url', issuer, '--oidc-client-id', 'knarr', '--oidc-ca-file', caFile]
  clusters = [
    await startServedSimulation('--nodes', '1', '--authentication-config', file),
    await startServedSimulation('--nodes', '1', ...flags, '--oidc-groups-claim', 'groups'),
  ]
})

after(async () => {
  for (const cluster of clusters) await cluster[Symbol.asyncDispose]()
  provider?.close()
  rmSync(directory, { recursive: true, force: true })
})

function token(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(systemClock.wallMs() / 1000) + 3600
  const all = { iss: issuer, aud: 'knarr', sub: 'jane', exp, ...claims }
  const signed = `${part({ alg: 'RS256', kid: 'k1' })}.${part(all)}`
  return `${signed}.${createSign('sha256').update(signed).sign(privateKey).toString('base64url')}`
}

/** As kubectl asks whose certificate is not looked at: only the token counts. */
async function as(cluster: ServedSimulation | undefined, bearer: string, ...args: string[]) {
  assert.ok(cluster)
  const config = JSON.parse(await cluster.kubectl('config', 'view', '--raw', '-o', 'json'))
  const [{ cluster: server }] = config.clusters
  const path = join(directory, `kubeconfig-${args.length}`)
  const user = { name: 'u', user: { token: bearer } }
  const context = { name: 'c', context: { cluster: 'c', user: 'u' } }
  const own = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c', contexts: [context] },
    ...{ clusters: [{ name: 'c', cluster: server }], users: [user] },
  }
  writeFileSync(path, JSON.stringify(own))
  return cluster.tryKubectl(['--kubeconfig', path, ...args])
}

test('kubectl with a token of an issuer is who the configuration makes of it', async () => {
  const [cluster] = clusters
  const jane = token({ groups: ['devs'], team: ['blue', 'red'] })
  const { stdout, stderr } = await as(cluster, jane, 'auth', 'whoami', '-o', 'json')
  assert.equal(stderr, '')
  assert.deepEqual(JSON.parse(stdout).status.userInfo, {
    username: 'oidc:jane',
    groups: ['oidc:devs', 'system:authenticated'],
    extra: { 'example.org/team': ['blue', 'red'] },
  })
  assert.deepEqual(asked, ['/.well-known/openid-configuration', '/keys'])
  const refused = await as(cluster, jane, 'get', 'pods')
  assert.match(
    refused.stderr,
    /^Error from server \(Forbidden\): pods is forbidden: User "oidc:jane"/,
  )
  await cluster?.kubectl('create', 'rolebinding', 'r', '--clusterrole=view', '--group=oidc:devs')
  assert.equal((await as(cluster, jane, 'get', 'pods')).code, 0)
  const reserved = await as(cluster, token({ sub: 'system:x' }), 'get', 'pods')
  assert.match(reserved.stderr, /You must be logged in to the server/)
  const late = await as(cluster, token({ exp: 1 }), 'get', 'pods')
  assert.match(late.stderr, /You must be logged in to the server/)
})

test('flags are the short form of such a file', async () => {
  const [, cluster] = clusters
  const { stdout } = await as(cluster, token({ groups: ['devs'] }), 'auth', 'whoami', '-o', 'json')
  assert.deepEqual(JSON.parse(stdout).status.userInfo, {
    username: `${issuer}#jane`,
    groups: ['devs', 'system:authenticated'],
  })
})

test('a TokenReview says who a token stands for, or why for nobody', async () => {
  const [cluster] = clusters
  const review = async (given: string) => {
    const spec = { token: given }
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }
    const args = ['create', '-o', 'json', '-f', '-']
    return JSON.parse((await cluster?.tryKubectl(args, JSON.stringify(body)))?.stdout ?? '').status
  }
  assert.deepEqual(await review(token({ team: '' })), {
    authenticated: true,
    audiences: ['https://kubernetes.default.svc.cluster.local'],
    user: { username: 'oidc:jane', groups: ['system:authenticated'] },
  })
  assert.match(
    (await review(token({ aud: 'other', team: '' }))).error,
    /expected audience "knarr" got/,
  )
})

test('only the paths of the configuration are open to everybody', async () => {
  const [cluster, other] = clusters
  const status = async (of: ServedSimulation | undefined, path: string) => {
    const server = await of?.kubectl(
      'config',
      'view',
      '-o',
      'jsonpath={.clusters[0].cluster.server}',
    )
    const { get } = await import('node:https')
    return new Promise((resolve, reject) => {
      get(`${server}${path}`, { rejectUnauthorized: false, agent: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).once('error', reject)
    })
  }
  assert.deepEqual(
    [
      await status(cluster, '/livez'),
      await status(cluster, '/version'),
      await status(other, '/version'),
    ],
    [200, 401, 200],
  )
})
