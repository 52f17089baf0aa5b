import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint, EndpointSlice, Service } from '#api'
import type { ServicePort } from '#network'
import { serviceKeyOf } from './slices.ts'
import { createTableMaker } from './table.ts'

const node = { name: 'n1', zone: 'z1' }

function service(spec: Partial<Service['spec']> = {}, more: Partial<Service> = {}): Service {
  return {
    metadata: { namespace: 'ns', name: 'web' },
    ...more,
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      ...spec,
    },
  }
}

function slice(endpoints: readonly Endpoint[], more: Partial<EndpointSlice> = {}): EndpointSlice {
  return {
    metadata: { namespace: 'ns', name: 'web-x', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints,
    ...more,
  }
}

const endpoint = (
  ip: string,
  conditions: Endpoint['conditions'] = {},
  more: Partial<Endpoint> = {},
): Endpoint => ({
  addresses: [ip],
  nodeName: 'n2',
  conditions: { ready: true, serving: true, terminating: false, ...conditions },
  ...more,
})
const notReady = { ready: false, serving: false }
const leaving = { ready: false, terminating: true }
const here = { nodeName: 'n1' }

const tableOf = (svc: Service, ...slices: readonly EndpointSlice[]) =>
  createTableMaker()({ services: [svc], slicesOf: () => slices, node })

function only(svc: Service, ...slices: readonly EndpointSlice[]): ServicePort {
  const { ports } = tableOf(svc, ...slices)
  assert.equal(ports.length, 1)
  return ports[0] as ServicePort
}

const ips = (list: ServicePort['clusterEndpoints']) => list.map(({ ip }) => ip).join(' ')

const external = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } as const
/** name, spec, endpoints → cluster, local, hasEndpoints */
const choices: readonly [
  string,
  Partial<Service['spec']>,
  Endpoint[],
  [string, string, boolean],
][] = [
  [
    'only ready ones',
    {},
    [endpoint('1.1.1.1'), endpoint('1.1.1.2', notReady)],
    ['1.1.1.1', '', true],
  ],
  [
    'no leaving one while another is ready',
    {},
    [endpoint('1.1.1.1'), endpoint('1.1.1.2', leaving)],
    ['1.1.1.1', '', true],
  ],
  [
    'leaving ones that still serve when none is ready',
    {},
    [endpoint('1.1.1.1', notReady), endpoint('1.1.1.2', leaving)],
    ['1.1.1.2', '', true],
  ],
  [
    'none that left serving',
    {},
    [endpoint('1.1.1.1', { ...leaving, serving: false })],
    ['', '', false],
  ],
  ['an endpoint without conditions', {}, [{ addresses: ['1.1.1.1'] }], ['1.1.1.1', '', true]],
  [
    'those of the node under internal policy Local',
    { internalTrafficPolicy: 'Local' },
    [endpoint('1.1.1.1'), endpoint('1.1.1.2', {}, here)],
    ['', '1.1.1.2', true],
  ],
  [
    'both sets under external policy Local',
    external,
    [endpoint('1.1.1.1'), endpoint('1.1.1.2', {}, here)],
    ['1.1.1.1 1.1.1.2', '1.1.1.2', true],
  ],
  [
    'a leaving one of the node though others are ready elsewhere',
    external,
    [endpoint('1.1.1.1'), endpoint('1.1.1.2', leaving, here)],
    ['1.1.1.1', '1.1.1.2', true],
  ],
  [
    'no local set where nothing comes from outside',
    { externalTrafficPolicy: 'Local' },
    [endpoint('1.1.1.2', {}, here)],
    ['1.1.1.2', '', true],
  ],
  [
    'those that are hinted for the zone',
    {},
    [
      endpoint('1.1.1.1', {}, { hints: { forZones: [{ name: 'z1' }] } }),
      endpoint('1.1.1.2', {}, { hints: { forZones: [{ name: 'z2' }] } }),
    ],
    ['1.1.1.1', '', true],
  ],
  [
    'those that are hinted for the node rather than the zone',
    {},
    [
      endpoint(
        '1.1.1.1',
        {},
        { hints: { forZones: [{ name: 'z1' }], forNodes: [{ name: 'n2' }] } },
      ),
      endpoint(
        '1.1.1.2',
        {},
        { hints: { forZones: [{ name: 'z1' }], forNodes: [{ name: 'n1' }] } },
      ),
    ],
    ['1.1.1.2', '', true],
  ],
  [
    'all when one has no hint',
    {},
    [endpoint('1.1.1.1', {}, { hints: { forZones: [{ name: 'z1' }] } }), endpoint('1.1.1.2')],
    ['1.1.1.1 1.1.1.2', '', true],
  ],
  [
    'all when no hint is for here',
    {},
    [endpoint('1.1.1.1', {}, { hints: { forZones: [{ name: 'z2' }] } })],
    ['1.1.1.1', '', true],
  ],
]
for (const [name, spec, endpoints, want] of choices) {
  test(`traffic goes to ${name}`, () => {
    const port = only(service(spec), slice(endpoints))
    const { clusterEndpoints, localEndpoints, hasEndpoints } = port
    assert.deepEqual([ips(clusterEndpoints), ips(localEndpoints), hasEndpoints], want)
  })
}

const unrouted: readonly [string, Service][] = [
  ['headless', service({ clusterIP: 'None', clusterIPs: ['None'] })],
  ['an external name', service({ type: 'ExternalName', clusterIP: '', clusterIPs: [] })],
  [
    "another proxy's",
    service(
      {},
      { metadata: { name: 'x', labels: { 'service.kubernetes.io/service-proxy-name': 'p' } } },
    ),
  ],
  ['without an address yet', service({ clusterIP: '', clusterIPs: [] })],
]
for (const [name, svc] of unrouted) {
  test(`a service that is ${name} is not routed`, () =>
    assert.deepEqual(tableOf(svc, slice([endpoint('1.1.1.1')])).ports, []))
}

test('a port is matched by name and protocol, an unnamed one by the empty name', () => {
  const other = slice([endpoint('1.1.1.9')], {
    ports: [{ name: 'http', port: 1, protocol: 'UDP' }],
  })
  const unnamed = slice([endpoint('1.1.1.8')], { ports: [{ port: 8080 }] })
  assert.equal(ips(only(service(), other, unnamed).clusterEndpoints), '')
  const svc = service({ ports: [{ port: 80 }] })
  assert.deepEqual(only(svc, other, unnamed).clusterEndpoints, [
    { ip: '1.1.1.8', port: 8080, local: false },
  ])
})

test('an endpoint in two slices counts once, the one on this node first; the order is by address', () => {
  const moved = slice([endpoint('1.1.1.2', {}, here), endpoint('1.1.1.1')])
  assert.deepEqual(only(service(), slice([endpoint('1.1.1.2')]), moved).clusterEndpoints, [
    { ip: '1.1.1.1', port: 8080, local: false },
    { ip: '1.1.1.2', port: 8080, local: true },
  ])
})

test('a dual-stack service is routed once for each family', () => {
  const svc = service({
    clusterIPs: ['10.96.0.1', 'fd00::1'],
    externalIPs: ['fd01::1', '203.0.113.1'],
    loadBalancerSourceRanges: [' 10.0.0.0/8', 'fd00::/8'],
  })
  const six = slice([endpoint('fd02::1')], { addressType: 'IPv6' })
  const { ports } = tableOf(svc, slice([endpoint('1.1.1.1')]), six)
  assert.deepEqual(
    ports.map((port) => [
      port.name,
      ips(port.clusterEndpoints),
      port.externalIps.join(),
      port.sourceRanges.join(),
    ]),
    [
      ['ns/web:http', '1.1.1.1', '203.0.113.1', '10.0.0.0/8'],
      ['ns/web:http/IPv6', 'fd02::1', 'fd01::1', 'fd00::/8'],
    ],
  )
})

test('node ports, affinity, balanced addresses and the health check are carried over', () => {
  const svc = service(
    {
      ...external,
      ports: [{ name: 'http', port: 80, nodePort: 30080 }],
      sessionAffinity: 'ClientIP',
      healthCheckNodePort: 32000,
    },
    {
      status: {
        loadBalancer: { ingress: [{ ip: '9.9.9.9' }, { ip: '9.9.9.8', ipMode: 'Proxy' }] },
      },
    },
  )
  const endpoints = [endpoint('1.1.1.1', {}, here), endpoint('1.1.1.2', leaving, here)]
  const { ports, healthChecks } = tableOf(svc, slice(endpoints))
  assert.equal(ports[0]?.nodePort, 30080)
  assert.equal(ports[0]?.affinitySeconds, 10_800)
  assert.deepEqual(ports[0]?.loadBalancerIps, ['9.9.9.9'])
  assert.equal(ports[0]?.externalTrafficPolicy, 'Local')
  assert.deepEqual(healthChecks, [{ namespace: 'ns', name: 'web', port: 32000, localEndpoints: 1 }])
})

test('the health check of a Service of both families counts an endpoint once', () => {
  const both = { ...external, healthCheckNodePort: 32000, clusterIPs: ['10.0.0.1', 'fd00::1'] }
  const svc = service({ ...both, ports: [{ name: 'http', port: 80 }] })
  const six = slice([endpoint('fd02::1', {}, here)], { addressType: 'IPv6' })
  const { healthChecks } = tableOf(svc, slice([endpoint('1.1.1.1', {}, here)]), six)
  assert.equal(healthChecks[0]?.localEndpoints, 1)
})

test('what did not change is the same value again', () => {
  const makeTable = createTableMaker()
  const [svc, slices] = [service(), [slice([endpoint('1.1.1.1')])]]
  const inputs = { services: [svc], slicesOf: () => slices, node }
  const first = makeTable(inputs)
  assert.equal(makeTable({ ...inputs, slicesOf: () => [...slices] }).ports[0], first.ports[0])
  const moved = makeTable({ ...inputs, slicesOf: () => [slice([endpoint('1.1.1.2')])] })
  assert.equal(ips(moved.ports[0]?.clusterEndpoints ?? []), '1.1.1.2')
  const same = new Map([['ns/web', svc]])
  const placed = makeTable({ ...inputs, slicesOf: () => slices, changed: same })
  assert.equal(
    ips(placed.ports[0]?.clusterEndpoints ?? []),
    ips(first.ports[0]?.clusterEndpoints ?? []),
  )
  assert.equal(makeTable({ ...inputs, changed: new Map() }), placed, 'nothing has changed')
  const gone = new Map([['ns/web', undefined]])
  assert.equal(makeTable({ ...inputs, services: [], changed: gone }).ports.length, 0)
  const elsewhere = makeTable({ ...inputs, node: { name: 'n2', zone: '' } })
  assert.equal(elsewhere.ports[0]?.clusterEndpoints[0]?.local, true)
})

test('a slice names its service by label', () => {
  assert.equal(serviceKeyOf(slice([])), 'ns/web')
  assert.equal(serviceKeyOf({ addressType: 'IPv4', metadata: { namespace: 'ns' } }), undefined)
})

test("the cluster's DNS is answered by the node itself, a Service of its name by its endpoints", () => {
  const nameServer = { ip: '127.0.0.1', port: 40053, local: true }
  const routed = (annotations: Readonly<Record<string, string>>) => {
    const svc = service(
      {},
      { metadata: { namespace: 'kube-system', name: 'kube-dns', annotations } },
    )
    const slices = [slice([endpoint('1.1.1.1')])]
    const [port] = createTableMaker()({
      services: [svc],
      slicesOf: () => slices,
      node,
      nameServer,
    }).ports
    return port?.clusterEndpoints.map(({ ip, port: to }) => `${ip}:${to}`)
  }
  assert.deepEqual(routed({ 'knarr.dev/served-by': 'node' }), ['127.0.0.1:40053'])
  assert.deepEqual(routed({}), ['1.1.1.1:8080'])
})
