import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Encryption } from '#apiserver'
import { createVirtualClock, silentLogger } from '#lib'
import { encryptionOf } from './encryption.ts'

const leveldb = { store: { kind: 'leveldb' } }

function start(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-pki-'))
  const stop = new AbortController()
  t.after(() => {
    stop.abort()
    rmSync(directory, { recursive: true, force: true })
  })
  const clock = createVirtualClock()
  const world = { path: join(directory, 'encryption.yaml'), clock, log: silentLogger }
  return { directory, clock, world, signal: stop.signal }
}

function sealed(encryption: Encryption | undefined, resource: string): string {
  const bytes = encryption?.transformerOf({ group: '', resource }).seal(Buffer.from('{}'), 'k')
  return Buffer.from(bytes ?? '')
    .toString('latin1')
    .split(':')
    .slice(0, 5)
    .join(':')
}

test('a key of the machine is made once, for its owner alone, and encrypts Secrets', (t) => {
  const { world, signal } = start(t)
  const made = encryptionOf(leveldb, world, signal)
  assert.equal(statSync(world.path).mode & 0o777, 0o600)
  const text = readFileSync(world.path, 'utf8')
  assert.equal(sealed(made, 'secrets'), 'k8s:enc:secretbox:v1:machine')
  assert.equal(sealed(made, 'configmaps'), '{}')
  const found = encryptionOf({ store: { kind: 'etcd' } }, world, signal)
  assert.equal(readFileSync(world.path, 'utf8'), text)
  const own = made?.transformerOf({ group: '', resource: 'secrets' }).seal(Buffer.from('{}'), 'k')
  const secrets = found?.transformerOf({ group: '', resource: 'secrets' })
  assert.deepEqual(secrets?.open(own ?? Buffer.alloc(0), 'k').isStale, false)
  assert.equal(secrets?.open(Buffer.from('{}'), 'k').isStale, true, 'from before there was a key')
})

test('a store in memory has no key', (t) => {
  const { world, signal } = start(t)
  assert.equal(encryptionOf({ store: { kind: 'memory' } }, world, signal), undefined)
})

test('a file takes the place of the key, and is read again each minute where that is asked for', async (t) => {
  const { directory, world, clock, signal } = start(t)
  const encryptionConfigFile = join(directory, 'own.yaml')
  const write = (name: string) =>
    writeFileSync(
      encryptionConfigFile,
      `{apiVersion: apiserver.config.k8s.io/v1, kind: EncryptionConfiguration, resources: [
        {resources: [configmaps], providers: [{aesgcm: {keys: [{name: "${name}", secret: ${Buffer.alloc(32, 1).toString('base64')}}]}}]}]}`,
    )
  write('first')
  const options = { ...leveldb, encryptionConfigFile }
  const still = encryptionOf(options, world, signal)
  const followed = encryptionOf({ ...options, reloadEncryption: true }, world, signal)
  assert.equal(sealed(followed, 'secrets'), '{}')
  assert.equal(sealed(followed, 'configmaps'), 'k8s:enc:aesgcm:v1:first')
  write('')
  await clock.advance(60_000)
  assert.equal(
    sealed(followed, 'configmaps'),
    'k8s:enc:aesgcm:v1:first',
    'a bad file changes nothing',
  )
  write('second')
  await clock.advance(60_000)
  assert.equal(sealed(followed, 'configmaps'), 'k8s:enc:aesgcm:v1:second')
  assert.equal(sealed(still, 'configmaps'), 'k8s:enc:aesgcm:v1:first')
})

test('a file that is missing or wrong is refused with its path', (t) => {
  const { directory, world, signal } = start(t)
  const encryptionConfigFile = join(directory, 'own.yaml')
  const options = { ...leveldb, encryptionConfigFile }
  assert.throws(() => encryptionOf(options, world, signal), { code: 'NoSuchFile' })
  writeFileSync(
    encryptionConfigFile,
    '{apiVersion: apiserver.config.k8s.io/v1, kind: EncryptionConfiguration}',
  )
  assert.throws(() => encryptionOf(options, world, signal), {
    code: 'BadEncryptionConfig',
    message: `the encryption configuration ${encryptionConfigFile} cannot be used: resources: Required value: at least one resources is required`,
  })
})
