import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createVirtualClock, silentLogger } from '#lib'
import { authenticationSettingsOf, followedAuthentication } from './authentication.ts'

const clusterDomain = 'cluster.local'

function start(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-authentication-'))
  const stop = new AbortController()
  t.after(() => {
    stop.abort()
    rmSync(directory, { recursive: true, force: true })
  })
  const path = join(directory, 'authentication.yaml')
  const write = (more: object) =>
    writeFileSync(
      path,
      JSON.stringify({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AuthenticationConfiguration',
        ...more,
      }),
    )
  const clock = createVirtualClock()
  return { path, write, clock, world: { clock, log: silentLogger }, signal: stop.signal }
}

const issuer = (url: string) => ({
  issuer: { url, audiences: ['a'] },
  claimMappings: { username: { claim: 'sub', prefix: '' } },
})

test('an AuthenticationConfiguration is read again each minute, and a bad one changes nothing', async (t) => {
  const { path, write, clock, world, signal } = start(t)
  write({ jwt: [issuer('https://one')] })
  const options = { clusterDomain, authenticationConfigFile: path }
  const authentication = followedAuthentication(options, world, signal)
  const issuers = () => authentication?.jwt().map((each) => each.configuration.issuer?.url)
  write({ jwt: [issuer('https://one'), issuer('https://two')] })
  assert.deepEqual(issuers(), ['https://one'])
  await clock.advance(60_000)
  assert.deepEqual(issuers(), ['https://one', 'https://two'])
  write({ jwt: [issuer('http://three')] })
  await clock.advance(60_000)
  assert.deepEqual(issuers(), ['https://one', 'https://two'])
  write({ jwt: [], anonymous: { enabled: true } })
  await clock.advance(60_000)
  assert.deepEqual(
    issuers(),
    ['https://one', 'https://two'],
    'anonymous requests stay as they were',
  )
  write({})
  await clock.advance(60_000)
  assert.deepEqual(issuers(), [])
})

test('what cannot be used is refused before anything starts', (t) => {
  const { path, write } = start(t)
  assert.deepEqual(authenticationSettingsOf({ clusterDomain }), {})
  const options = { clusterDomain, authenticationConfigFile: path }
  assert.throws(() => authenticationSettingsOf(options), { code: 'NoSuchFile' })
  write({ jwt: [issuer('https://kubernetes.default.svc.cluster.local')] })
  assert.throws(() => authenticationSettingsOf(options), {
    code: 'BadAuthenticationConfig',
    message: /URL must not overlap with disallowed issuers/,
  })
  write({ anonymous: { enabled: true } })
  assert.throws(() => authenticationSettingsOf({ ...options, anonymousAuth: false }), {
    message: /--anonymous-auth flag cannot be set when anonymous field is configured/,
  })
  assert.deepEqual(authenticationSettingsOf({ clusterDomain, anonymousAuth: true }), {
    authentication: { configuration: { anonymous: { enabled: true } } },
  })
})
