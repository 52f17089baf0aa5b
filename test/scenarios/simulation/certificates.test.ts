import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { certificateSigningRequests } from '#api'
import { simulate } from '#testing'

/** `O=dev, O=ops, CN=jane` */
const request =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIbU1JR05BZ0VBTUNzeEREQUtCZ05WQkFvTUEyUmxkakVNTUFvR0ExVUVDZ3dEYjNCek1RMHdDd1lEVlFRRApEQVJxWVc1bE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUhxRXJJVEFrVHdtcWoyT0pvMFNaCmYvcVdWQy9VaTlXSXM1ODBXUEdTdVpDODlLQnJ2MzhZaUtPWktXWDJJU0lOMDNQWEdUdkxCb1h0ZmJzc1BxaDkKeGFBQU1Bb0dDQ3FHU000OUJBTUNBMGdBTUVVQ0lHcUJTV2Vva2t4c0pHbzZ0L0ZYNGo0SjVRTGgvME5xS0w0SgpkZUh4RlFnZ0FpRUF3enRQS3VlbXNPcExRLzJOVTVYUEthTnB6TzUwdVpJbE53dU91NVRNck0wPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K'

test('a certificate is signed while virtual time stands, without work of threads', async () => {
  await using cluster = await simulate({ guard: 'strict' })
  const { client } = cluster
  const signerName = 'kubernetes.io/kube-apiserver-client'
  const made = await client.create(certificateSigningRequests, {
    metadata: { name: 'jane' },
    spec: { request, signerName, usages: ['client auth'] },
  })
  const approved = { type: 'Approved', status: 'True', reason: 'Test', message: '' }
  const status = { conditions: [approved] }
  await client.update(certificateSigningRequests, { ...made, status }, { subresource: 'approval' })
  await cluster.advance('1s')
  const { status: answered } = await client.get(certificateSigningRequests, { name: 'jane' })
  const certificate = new X509Certificate(Buffer.from(answered?.certificate ?? '', 'base64'))
  assert.equal(certificate.subject, 'O=dev + O=ops\nCN=jane')
})
