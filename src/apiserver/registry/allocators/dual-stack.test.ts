import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestServer } from '../../server-fixture.ts'

const services = '/api/v1/namespaces/default/services'
const addresses = '/apis/networking.k8s.io/v1/ipaddresses'
const ports = [{ port: 80 }]

async function dualServer() {
  const serviceCidrs = ['10.96.0.0/24', 'fd00:10:96::/112']
  const server = await startTestServer({ standard: { serviceCidrs } })
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  const create = (name: string, spec: object) =>
    server.send('POST', services, { metadata: { name }, spec: { ports, ...spec } })
  const patch = (name: string, spec: object) =>
    server.send(
      'PATCH',
      `${services}/${name}`,
      { spec },
      { 'content-type': 'application/merge-patch+json' },
    )
  const held = async () => {
    const { body } = await server.send('GET', addresses)
    return body.items.map(
      ({
        metadata,
        spec,
      }: {
        metadata: { name: string; labels: Record<string, string> }
        spec: { parentRef: { name: string } }
      }) =>
        `${metadata.name} ${metadata.labels['ipaddress.kubernetes.io/ip-family']} ${spec.parentRef.name}`,
    )
  }
  return { server, create, patch, held, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

describe('on a cluster of both families a Service', () => {
  test('gets an address of each, held by an IPAddress of its family, and gives both back', async () => {
    await using cluster = await dualServer()
    const { body } = await cluster.create('web', { ipFamilyPolicy: 'RequireDualStack' })
    const [four, six] = body.spec.clusterIPs
    assert.equal(body.spec.clusterIP, four)
    assert.match(four, /^10\.96\.0\.\d+$/)
    assert.match(six, /^fd00:10:96::[\da-f]+$/)
    assert.deepEqual(await cluster.held(), [`${four} IPv4 web`, `${six} IPv6 web`])
    await cluster.server.send('DELETE', `${services}/web`)
    assert.deepEqual(await cluster.held(), [])
  })

  test('gains a second address and loses it again by its policy, and keeps the first', async () => {
    await using cluster = await dualServer()
    const { body } = await cluster.create('web', { clusterIP: '10.96.0.7' })
    assert.deepEqual(body.spec.clusterIPs, ['10.96.0.7'])
    const wider = await cluster.patch('web', { ipFamilyPolicy: 'PreferDualStack' })
    assert.deepEqual(wider.body.spec.ipFamilies, ['IPv4', 'IPv6'])
    const [, six] = wider.body.spec.clusterIPs
    assert.deepEqual(await cluster.held(), ['10.96.0.7 IPv4 web', `${six} IPv6 web`])
    const refused = await cluster.patch('web', { clusterIPs: ['10.96.0.7'] })
    assert.equal(refused.status, 422)
    const narrow = await cluster.patch('web', { ipFamilyPolicy: 'SingleStack' })
    assert.deepEqual(narrow.body.spec.clusterIPs, ['10.96.0.7'])
    assert.deepEqual(await cluster.held(), ['10.96.0.7 IPv4 web'])
  })

  test('may choose both addresses, of which neither may be another’s', async () => {
    await using cluster = await dualServer()
    const chosen = { clusterIP: 'fd00:10:96::5', clusterIPs: ['fd00:10:96::5', '10.96.0.5'] }
    const policy = { ipFamilyPolicy: 'RequireDualStack' }
    const { body } = await cluster.create('web', { ...chosen, ...policy })
    assert.deepEqual(body.spec.ipFamilies, ['IPv6', 'IPv4'])
    const taken = await cluster.create('again', {
      clusterIP: '10.96.0.5',
      clusterIPs: ['10.96.0.5'],
    })
    assert.match(
      taken.body.message,
      /failed to allocate IP 10\.96\.0\.5: provided IP is already allocated/,
    )
    const outside = await cluster.create('out', { clusterIP: 'fd01::5' })
    assert.match(
      outside.body.message,
      /failed to allocate IP fd01::5: the provided IP is not in the valid range/,
    )
    // However it is written, it is one address.
    const odd = await cluster.create('odd', { clusterIP: 'fd00:10:96:0::5' })
    assert.match(odd.body.message, /provided IP is already allocated/)
    assert.equal((await cluster.held()).length, 2)
  })

  test('that becomes a name gives both back, and gets new ones when it is none any more', async () => {
    await using cluster = await dualServer()
    await cluster.create('web', { ipFamilyPolicy: 'RequireDualStack' })
    const name = await cluster.patch('web', { type: 'ExternalName', externalName: 'example.com' })
    assert.deepEqual([name.body.spec.clusterIPs, name.body.spec.ipFamilies], [undefined, undefined])
    assert.deepEqual(await cluster.held(), [])
    const back = await cluster.patch('web', { type: 'ClusterIP', externalName: null })
    assert.deepEqual(back.body.spec.ipFamilies, ['IPv4'])
    assert.equal((await cluster.held()).length, 1)
  })
})
