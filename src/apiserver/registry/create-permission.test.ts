import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Authorizer } from '../authz/authorizer.ts'
import { startTestServer } from '../server-fixture.ts'

/** Everybody may do everything but create. */
const noCreate: Authorizer = {
  name: 'no create',
  authorize: (attributes) =>
    attributes.verb === 'create'
      ? { kind: 'noOpinion', reason: 'by rule' }
      : { kind: 'allow', reason: '' },
  rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
}

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const lease = { metadata: { name: 'a' }, spec: { holderIdentity: 'me' } }
const apply = { 'content-type': 'application/apply-patch+yaml' }

test('a PUT or an apply that would create asks for the right to create', async () => {
  await using server = await startTestServer({ authorizer: noCreate })
  const put = await server.send('PUT', `${leases}/a`, lease)
  const text =
    'leases.coordination.k8s.io "a" is forbidden: User "admin" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "default": by rule'
  assert.deepEqual([put.status, put.body.message], [403, text])
  const configuration = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...lease }
  const applied = await server.send('PATCH', `${leases}/a?fieldManager=me`, configuration, apply)
  assert.deepEqual([applied.status, applied.body.message], [403, text])
  assert.equal((await server.send('GET', `${leases}/a`)).status, 404)
})

test('what stands may be put and applied without it', async () => {
  await using first = await startTestServer()
  const { metadata } = (await first.send('POST', leases, lease)).body
  await using server = await startTestServer({ authorizer: noCreate, store: first.store })
  assert.equal((await server.send('PUT', `${leases}/a`, { ...lease, metadata })).status, 200)
  const configuration = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...lease }
  const path = `${leases}/a?fieldManager=me&force=true`
  assert.equal((await server.send('PATCH', path, configuration, apply)).status, 200)
})

test('who asks for a certificate is what the server knows, not what the request says', async () => {
  await using server = await startTestServer()
  const { body } = await server.send(
    'POST',
    '/apis/certificates.k8s.io/v1/certificatesigningrequests',
    {
      metadata: { name: 'a' },
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIbU1JR05BZ0VBTUNzeEREQUtCZ05WQkFvTUEyUmxkakVNTUFvR0ExVUVDZ3dEYjNCek1RMHdDd1lEVlFRRApEQVJxWVc1bE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUhxRXJJVEFrVHdtcWoyT0pvMFNaCmYvcVdWQy9VaTlXSXM1ODBXUEdTdVpDODlLQnJ2MzhZaUtPWktXWDJJU0lOMDNQWEdUdkxCb1h0ZmJzc1BxaDkKeGFBQU1Bb0dDQ3FHU000OUJBTUNBMGdBTUVVQ0lHcUJTV2Vva2t4c0pHbzZ0L0ZYNGo0SjVRTGgvME5xS0w0SgpkZUh4RlFnZ0FpRUF3enRQS3VlbXNPcExRLzJOVTVYUEthTnB6TzUwdVpJbE53dU91NVRNck0wPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/signer',
        usages: ['client auth'],
        username: 'root',
        uid: '0',
        groups: ['system:masters', 'wheel'],
        extra: { scopes: ['all'] },
      },
    },
  )
  const { username, uid, groups, extra } = body.spec
  assert.deepEqual(
    { username, uid, groups, extra },
    {
      username: 'admin',
      uid: undefined,
      groups: ['system:masters', 'system:authenticated'],
      extra: undefined,
    },
  )
})
