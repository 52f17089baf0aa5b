import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestServer } from '../../server-fixture.ts'

const path = '/api/v1/namespaces/default/services'

async function serverOfServices() {
  const server = await startTestServer({ standard: true })
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  const create = (name: string, spec: object) =>
    server.send('POST', path, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } })
  const patch = (name: string, spec: object) =>
    server.send(
      'PATCH',
      `${path}/${name}`,
      { spec },
      { 'content-type': 'application/merge-patch+json' },
    )
  const remove = (name: string) => server.send('DELETE', `${path}/${name}`)
  return { create, patch, remove, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const both = [
  { name: 'dns', protocol: 'UDP', port: 53 },
  { name: 'dns-tcp', protocol: 'TCP', port: 53 },
]
const local = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }

describe('node ports', () => {
  test('of one port are the same for all protocols of a new Service', async () => {
    await using cluster = await serverOfServices()
    const { body } = await cluster.create('dns', { type: 'NodePort', ports: both })
    const [udp, tcp] = body.spec.ports
    assert.ok(udp.nodePort >= 30_000)
    assert.equal(udp.nodePort, tcp.nodePort)
    assert.equal((await cluster.remove('dns')).status, 200)
    const again = [{ port: 53, nodePort: udp.nodePort }]
    assert.equal((await cluster.create('dns', { type: 'NodePort', ports: again })).status, 201)
    const [first, second] = both
    const chosen = [first, { ...second, nodePort: 30_053 }]
    const other = await cluster.create('other', { type: 'NodePort', ports: chosen })
    assert.deepEqual(
      other.body.spec.ports.map(({ nodePort }: { nodePort: number }) => nodePort),
      [30_053, 30_053],
    )
  })

  test('that are chosen are nobody else’s, and refused where no type has them', async () => {
    await using cluster = await serverOfServices()
    const chosen = { ports: [{ port: 80, nodePort: 30_080 }] }
    assert.equal((await cluster.create('web', { type: 'NodePort', ...chosen })).status, 201)
    const taken = await cluster.create('again', { type: 'NodePort', ...chosen })
    assert.match(
      taken.body.message,
      /spec\.ports\[0\]\.nodePort: Invalid value: 30080: provided port is already allocated/,
    )
    const plain = await cluster.create('plain', { ports: [{ port: 80, nodePort: 30_081 }] })
    assert.match(
      plain.body.message,
      /spec\.ports\[0\]\.nodePort: Forbidden: may not be used when `type` is 'ClusterIP'/,
    )
  })

  test('of a balancer that wants none are those that it chooses', async () => {
    await using cluster = await serverOfServices()
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 81, nodePort: 30_081 },
    ]
    const spec = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports }
    const { body } = await cluster.create('web', spec)
    assert.deepEqual(
      body.spec.ports.map(({ nodePort }: { nodePort?: number }) => nodePort),
      [undefined, 30_081],
    )
  })
})

describe('the port by which balancers ask for endpoints', () => {
  test('is given with policy Local, kept, and given back without it', async () => {
    await using cluster = await serverOfServices()
    const { body } = await cluster.create('web', local)
    const port = body.spec.healthCheckNodePort
    assert.ok(port >= 30_000 && port !== body.spec.ports[0].nodePort)
    const same = await cluster.patch('web', { sessionAffinity: 'ClientIP' })
    assert.equal(same.body.spec.healthCheckNodePort, port)
    const other = await cluster.patch('web', { healthCheckNodePort: 30_001 })
    assert.match(other.body.message, /spec\.healthCheckNodePort: Forbidden: field is immutable/)
    const without = await cluster.patch('web', { externalTrafficPolicy: 'Cluster' })
    assert.equal(without.body.spec.healthCheckNodePort, undefined)
    const next = await cluster.create('next', { ...local, healthCheckNodePort: port })
    assert.equal(next.body.spec?.healthCheckNodePort, port)
    const third = await cluster.create('third', { ...local, healthCheckNodePort: port })
    assert.equal(third.status, 500)
    assert.match(
      third.body.message,
      /failed to allocate requested HealthCheck NodePort \d+: provided port is already allocated/,
    )
  })
})
