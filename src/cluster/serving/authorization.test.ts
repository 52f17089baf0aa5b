import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createVirtualClock, silentLogger } from '#lib'
import { authorizationSettingsOf, followedAuthorization } from './authorization.ts'

const named = (type: string) => ({ type, name: type.toLowerCase() })

function start(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-authorization-'))
  const stop = new AbortController()
  t.after(() => {
    stop.abort()
    rmSync(directory, { recursive: true, force: true })
  })
  const path = join(directory, 'authorization.yaml')
  const kubeconfig = join(directory, 'hook.kubeconfig')
  const write = (...authorizers: readonly object[]) =>
    writeFileSync(
      path,
      JSON.stringify({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AuthorizationConfiguration',
        authorizers,
      }),
    )
  const webhook = {
    ...{ timeout: '3s', subjectAccessReviewVersion: 'v1', failurePolicy: 'Deny' },
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: kubeconfig },
  }
  const hook = { type: 'Webhook', name: 'hook', webhook }
  const writeKubeconfig = (cluster: object, user: object = {}) => {
    const file = {
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      clusters: [{ name: 'k', cluster }],
      users: [{ name: 'u', user }],
    }
    writeFileSync(kubeconfig, JSON.stringify(file))
  }
  const clock = createVirtualClock()
  const options = { authorizationConfigFile: path }
  const world = { clock, log: silentLogger }
  return {
    directory,
    kubeconfig,
    write,
    writeKubeconfig,
    hook,
    clock,
    options,
    world,
    signal: stop.signal,
  }
}

test('an AuthorizationConfiguration is read again each minute, and a bad one changes nothing', async (t) => {
  const { write, hook, writeKubeconfig, clock, options, world, signal } = start(t)
  write(named('Node'), named('RBAC'))
  const authorization = followedAuthorization(options, world, signal)
  const types = () => authorization?.authorizers().map(({ type }) => type)
  write(named('Node'))
  await clock.advance(60_000)
  assert.deepEqual(types(), ['Node', 'RBAC'])
  write(hook, named('Node'), named('RBAC'))
  await clock.advance(60_000)
  assert.deepEqual(types(), ['Node', 'RBAC'], 'the kubeconfig is missing')
  writeKubeconfig({ server: 'https://hook.example' })
  await clock.advance(60_000)
  assert.deepEqual(types(), ['Webhook', 'Node', 'RBAC'])
})

test('a webhook is reached as its kubeconfig says', (t) => {
  const { directory, kubeconfig, write, writeKubeconfig, hook, options } = start(t)
  write(hook)
  const connection = () => authorizationSettingsOf(options).authorization?.connections[kubeconfig]
  writeFileSync(join(directory, 'ca.pem'), 'AUTHORITY')
  writeFileSync(join(directory, 'token'), 'secret\n')
  const data = (text: string) => Buffer.from(text).toString('base64')
  writeKubeconfig(
    { server: 'https://h:1/a', 'certificate-authority': 'ca.pem', 'tls-server-name': 'hook' },
    { 'client-certificate-data': data('CERT'), 'client-key-data': data('KEY'), tokenFile: 'token' },
  )
  assert.deepEqual(connection(), {
    url: 'https://h:1/a',
    authorities: 'AUTHORITY',
    serverName: 'hook',
    client: { certificate: 'CERT', key: 'KEY' },
    headers: { authorization: 'Bearer secret' },
  })
  writeKubeconfig({ server: 'https://h' }, { username: 'a', password: 'b' })
  assert.deepEqual(connection()?.headers, { authorization: `Basic ${data('a:b')}` })
  const faults: readonly (readonly [cluster: object, user: object, why: RegExp])[] = [
    [{ server: 'http://h' }, {}, /the server of a webhook has to have https: "http:\/\/h"/],
    [
      { server: 'https://h', 'insecure-skip-tls-verify': true },
      {},
      /insecure-skip-tls-verify is not/,
    ],
    [{ server: 'https://h' }, { exec: {} }, /exec is not supported for a webhook/],
    [{ server: 'https://h' }, { 'client-key-data': 'eA==' }, /client-key belong together/],
  ]
  for (const [cluster, user, why] of faults) {
    writeKubeconfig(cluster, user)
    assert.throws(connection, { code: 'BadAuthorizationConfig', message: why })
  }
})
