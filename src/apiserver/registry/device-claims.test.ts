import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestServer, type TestServer } from '../server-fixture.ts'

const base = '/apis/resource.k8s.io/v1/namespaces/default'
const namespace = '/api/v1/namespaces/default'
const merge = { 'content-type': 'application/merge-patch+json' }

function claim(name: string, adminAccess = false) {
  const exactly = { deviceClassName: 'gpu', ...(adminAccess && { adminAccess }) }
  return { metadata: { name }, spec: { devices: { requests: [{ name: 'gpu', exactly }] } } }
}

const result = { request: 'gpu', driver: 'gpu.example.com', pool: 'n', device: 'gpu-0' }
const nodeSelector = {
  nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }],
}
const allocation = { devices: { results: [result] }, nodeSelector }

describe('claims that want more than others', () => {
  test('devices of others are shown only to namespaces with a label', async () => {
    await using server = await startTestServer()
    await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
    const refused = await server.send('POST', `${base}/resourceclaims`, claim('a', true))
    assert.equal(refused.status, 422)
    assert.equal(
      refused.body.message,
      'ResourceClaim.resource.k8s.io "a" is invalid: spec.devices.requests[0].adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace',
    )
    const template = { metadata: { name: 't' }, spec: { spec: claim('a', true).spec } }
    const refusedToo = await server.send('POST', `${base}/resourceclaimtemplates`, template)
    assert.equal(refusedToo.status, 422)
    const labels = { 'resource.kubernetes.io/admin-access': 'true' }
    await server.send('PATCH', namespace, { metadata: { labels } }, merge)
    assert.equal(
      (await server.send('POST', `${base}/resourceclaims`, claim('a', true))).status,
      201,
    )
    const made = await server.send('POST', `${base}/resourceclaimtemplates`, template)
    assert.equal(made.status, 201)
  })

  test('who writes a status binds claims and speaks for drivers only where he may', async () => {
    const may = new Set<string>(['resourceclaims', 'resourceclaims/status'])
    const authorizer: NonNullable<Parameters<typeof startTestServer>[0]>['authorizer'] = {
      name: 'test',
      authorize: (asked) => {
        if (asked.kind !== 'resource') return { kind: 'allow', reason: '' }
        const part = asked.subresource === '' ? '' : `/${asked.subresource}`
        const isPart = asked.subresource === 'driver' || asked.subresource === 'binding'
        const what = isPart
          ? `${asked.resource}${part} ${asked.verb} ${asked.name}`
          : 'resourceclaims'
        return may.has(what) ? { kind: 'allow', reason: '' } : { kind: 'noOpinion', reason: 'no' }
      },
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
    }
    await using server = await startTestServer({ authorizer })
    await server.send('POST', `${base}/resourceclaims`, claim('a'))
    const statusOf = (status: object) =>
      server.send('PATCH', `${base}/resourceclaims/a/status`, { status }, merge)
    assert.equal(
      message(await statusOf({ allocation })),
      'status.allocation: Forbidden: changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="patch" permission: resourceclaims.resource.k8s.io is forbidden: User "admin" cannot patch resource "resourceclaims/binding" in API group "resource.k8s.io" at the cluster scope: no',
    )
    may.add('resourceclaims/binding patch ')
    assert.equal((await statusOf({ allocation })).status, 200)
    const devices = [{ driver: 'gpu.example.com', pool: 'n', device: 'gpu-0', data: { a: 1 } }]
    assert.equal(
      message(await statusOf({ devices })),
      'status.devices: Forbidden: changing status.devices requires resource="resourceclaims/driver", verb="[arbitrary-node:patch]" permission: resourceclaims.resource.k8s.io "gpu.example.com" is forbidden: User "admin" cannot arbitrary-node:patch resource "resourceclaims/driver" in API group "resource.k8s.io" in the namespace "default": no',
    )
    may.add('resourceclaims/driver arbitrary-node:patch gpu.example.com')
    const { body } = await statusOf({ devices })
    assert.deepEqual(body.status.devices, devices)
    // What is said of devices goes with them, whoever gives them back.
    const { body: freed } = await statusOf({ allocation: null })
    assert.deepEqual(freed.status, {})
  })
})

function message({ body }: Awaited<ReturnType<TestServer['send']>>): string {
  return `${body.message}`.replace('ResourceClaim.resource.k8s.io "a" is invalid: ', '')
}
