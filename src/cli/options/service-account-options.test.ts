import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { refuseServiceAccountFlags, serviceAccountsOf } from './service-account-options.ts'

test('flags of service accounts name keys, issuers, audiences and the longest life', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-keys-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  const publicPem = String(publicKey.export({ type: 'spki', format: 'pem' }))
  const privatePem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const [open, secret, none] = [file('pub', publicPem), file('key', privatePem), file('x', 'x')]
  assert.deepEqual(serviceAccountsOf({}), {})
  assert.deepEqual(
    serviceAccountsOf({
      serviceAccountKeyFile: [open],
      serviceAccountSigningKeyFile: secret,
      serviceAccountIssuer: ['https://a', 'https://b'],
      serviceAccountMaxTokenExpiration: '2h',
      apiAudiences: 'x,y',
    }),
    {
      serviceAccountSigningKey: privatePem,
      serviceAccountIssuer: 'https://a',
      serviceAccounts: {
        keys: [publicPem],
        otherIssuers: ['https://b'],
        audiences: ['x', 'y'],
        longestTokenSeconds: 7200,
      },
    },
  )
  const faults: readonly (readonly [Parameters<typeof serviceAccountsOf>[0], RegExp])[] = [
    [{ serviceAccountKeyFile: [none] }, /data does not contain any valid RSA or ECDSA public keys/],
    [{ serviceAccountKeyFile: ['/no/such'] }, /there is no file \/no\/such/],
    [{ serviceAccountSigningKeyFile: open }, /holds no private key/],
    [{ serviceAccountIssuer: ['a', 'a'] }, /service-account-issuer "a" is already specified/],
    [{ serviceAccountMaxTokenExpiration: '59m' }, /must be between 1 hour and 2\^32 seconds/],
  ]
  for (const [flags, message] of faults) {
    assert.throws(() => serviceAccountsOf(flags), { message })
  }
  refuseServiceAccountFlags({})
  assert.throws(() => refuseServiceAccountFlags({ apiAudiences: 'x' }), { code: 'SimulatedTokens' })
})
