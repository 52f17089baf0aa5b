import 'reflect-metadata'
import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import * as x509 from '@peculiar/x509'
import { parseCertificateRequest } from '#api'
import { createVirtualClock } from '#lib'
import { createAuthority } from './certificates.ts'
import { createSigner, selfSignedAuthority } from './signer.ts'

/** `O=dev, O=ops, CN=jane` */
const user =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIbU1JR05BZ0VBTUNzeEREQUtCZ05WQkFvTUEyUmxkakVNTUFvR0ExVUVDZ3dEYjNCek1RMHdDd1lEVlFRRApEQVJxWVc1bE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUhxRXJJVEFrVHdtcWoyT0pvMFNaCmYvcVdWQy9VaTlXSXM1ODBXUEdTdVpDODlLQnJ2MzhZaUtPWktXWDJJU0lOMDNQWEdUdkxCb1h0ZmJzc1BxaDkKeGFBQU1Bb0dDQ3FHU000OUJBTUNBMGdBTUVVQ0lHcUJTV2Vva2t4c0pHbzZ0L0ZYNGo0SjVRTGgvME5xS0w0SgpkZUh4RlFnZ0FpRUF3enRQS3VlbXNPcExRLzJOVTVYUEthTnB6TzUwdVpJbE53dU91NVRNck0wPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K'

/** An RSA key, a long subject and one name of each kind. */
const full =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQzB6Q0NBYnNDQVFBd1VqRUxNQWtHQTFVRUJoTUNSRVV4Q2pBSUJnTlZCQWdNQVVJeER6QU5CZ05WQkFjTQpCa0psY214cGJqRUtNQWdHQTFVRUNnd0JlREVLTUFnR0ExVUVDd3dCZVRFT01Bd0dBMVVFQXd3RmFzT2tibVV3CmdnRWlNQTBHQ1NxR1NJYjNEUUVCQVFVQUE0SUJEd0F3Z2dFS0FvSUJBUUM1dzRhWkZkWnNBK0ZYYkxmTjJUUmUKei9scTIvZFdxTEFpd2hpWEQ2VEsyQnhlVFJzcEM0cXhBZjNvL3NDRHlHZHp0UER0UVk4Z2hMVFVEMHZmRmJySworbkpZQlp6aGFTK2ZDcWVuNlRCK0hyTGRJdDdYSkxRVUdIV1JndlE0U3hVd1g4S0M2ZHZ4RGwyNkk0K2IyNjYvCkZScFM0SlVOR0Y2WUxVQ04xcHFiUnRkN0ViUVJPTm1SR1NOcVBIdFZMemZhZTdyYjVDWnFlN0hQN3VicXFQYnoKV0NHZVBwNXZSRkJZVHcwcDYxLzlZZVVsM1hoRlNBWEh2ZHpXVUJiYWtPdDAwR2xua09MK2Y0cndqTnFaY0N6cApMTE1XWVlCc3lxZVFxeVFac1h0eWIvUGcybjREWmxoVU51dkZtQ0NyZi9EV3RSbXhtcHNQU3dObnM4YkNOZGhqCkFnTUJBQUdnUERBNkJna3Foa2lHOXcwQkNRNHhMVEFyTUNrR0ExVWRFUVFpTUNDQ0EyRXVZb0VGWVVCaUxtT0cKREhOd2FXWm1aVG92TDNndmVZY0VBUUlEQkRBTkJna3Foa2lHOXcwQkFRc0ZBQU9DQVFFQWtPa0Q2UlZGTThtawpTcWJTYUFiYXo0YTZYeVBCbWlqMHRJRWNFR21CaE9BUFd4U1pIRzZidm5nNm45SXJpN3JJSVVtYVMwMkpYRnp5ClpkTlBwSVRBRHNnZFhLOTN2NmNpc2ZTekxNQmxPOUtGbis0Qm1xZkIvR0tvTTdCZ3FSbS9DRXR0NlkyUTB1T2wKazhtYnh6RjBGZkczdUVsQmNORm02QUFRanpxcXFEVy9GYkZEQytTc3pDMlJtVm9rbW5zZTBBL2xyV0xoOC9HeApJemFPTkdOT3pKT3E5QWNscFhPaG1YNnlrOXZTMlA2U1Q4dmtmUC9rSVRxWWYrcU1pYUtEUGJpa2RSSm94aFN1CnYvNmQ3SWM5OTFMNXJoSEMyV3RLUGpKaXdpckhLZFd1c3I2L3k0aFl2YlF2Ykgwd0tlVmZqMnRrNlh0Z1VpeDYKRE10TE42M1VVdz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo='

const atMs = Date.parse('2026-01-01T00:00:00Z')
const terms = {
  usages: ['digital signature', 'key encipherment', 'client auth', 'server auth'],
  notBeforeMs: atMs - 300_000,
  notAfterMs: atMs + 3_600_000,
  serialNumber: 0xf00dn,
}

describe('a certificate that the authority of a cluster signs', () => {
  test('says what was asked for, and is good by its key', async () => {
    const authority = await createAuthority('test-ca', createVirtualClock({ startWallMs: atMs }))
    const signer = createSigner(authority)
    assert.equal(signer.notAfterMs, atMs + 3650 * 86_400_000)
    const pem = signer.sign(parseCertificateRequest(user), terms)
    const certificate = new X509Certificate(pem)
    const issuer = new X509Certificate(authority.certificate)
    assert.ok(certificate.verify(issuer.publicKey))
    assert.ok(certificate.checkIssued(issuer))
    assert.equal(certificate.subject, 'O=dev + O=ops\nCN=jane')
    assert.equal(certificate.serialNumber, 'F00D')
    assert.equal(certificate.ca, false)
    assert.deepEqual(
      [certificate.validFromDate.getTime(), certificate.validToDate.getTime()],
      [terms.notBeforeMs, terms.notAfterMs],
    )
    const request = parseCertificateRequest(user)
    const key = createPublicKey({
      key: Buffer.from(request.publicKey),
      format: 'der',
      type: 'spki',
    })
    assert.ok(certificate.publicKey.equals(key))
  })

  test('has the extensions that another library reads', async () => {
    const authority = await createAuthority('test-ca', createVirtualClock({ startWallMs: atMs }))
    const pem = createSigner(authority).sign(parseCertificateRequest(full), terms)
    const certificate = new x509.X509Certificate(pem)
    assert.equal(certificate.subject, 'C=DE, ST=B, L=Berlin, O=x, OU=y, CN=jäne')
    const usage = certificate.getExtension(x509.KeyUsagesExtension)
    assert.ok(usage?.critical)
    assert.equal(
      usage.usages,
      x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
    )
    const purposes = certificate.getExtension(x509.ExtendedKeyUsageExtension)
    assert.deepEqual(
      [...(purposes?.usages ?? [])],
      [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth],
    )
    const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items
    assert.deepEqual(
      names?.map(({ type, value }) => `${type} ${value}`),
      ['dns a.b', 'email a@b.c', 'ip 1.2.3.4', 'url spiffe://x/y'],
    )
    const own = new x509.X509Certificate(authority.certificate)
    assert.equal(
      certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId,
      own.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId,
    )
  })

  test('is signed by authorities of every kind of key, and tells all usages', () => {
    for (const make of [
      () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
      () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
      () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
      () => generateKeyPairSync('ed25519'),
    ]) {
      const { privateKey } = make()
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      const authority = selfSignedAuthority(key, 'any')
      const issuer = new X509Certificate(authority.certificate)
      assert.ok(issuer.ca && issuer.verify(issuer.publicKey))
      const usages = ['decipher only', 'encipher only', 'any']
      const pem = createSigner(authority).sign(parseCertificateRequest(user), { ...terms, usages })
      assert.ok(new X509Certificate(pem).verify(issuer.publicKey))
      const flags = new x509.X509Certificate(pem).getExtension(x509.KeyUsagesExtension)?.usages
      assert.equal(flags, x509.KeyUsageFlags.decipherOnly | x509.KeyUsageFlags.encipherOnly)
    }
  })
})
