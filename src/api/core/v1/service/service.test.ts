import assert from 'node:assert/strict'
import test from 'node:test'
import type { Service, ServiceSpec } from '../../../generated/types/index.ts'
import { refusalsOf, storedForm, updateRefusalsOf } from '../../../shared/refusals-fixture.ts'
import { services } from './index.ts'

function service(spec: ServiceSpec = {}): Service {
  return { spec: { ports: [{ port: 80 }], ...spec } }
}

test('a service gets the defaults that upstream shows', () => {
  assert.deepEqual(services.strategy.default?.(service({ type: 'NodePort' })).spec, {
    type: 'NodePort',
    sessionAffinity: 'None',
    externalTrafficPolicy: 'Cluster',
    internalTrafficPolicy: 'Cluster',
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
  })
})

const refusals: readonly (readonly [string, Service, readonly string[]])[] = [
  ['no port', service({ ports: [] }), ['spec.ports: Required value']],
  [
    'two nameless ports',
    service({ ports: [{ port: 80 }, { port: 81 }] }),
    ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
  ],
  [
    'a port out of range',
    service({ ports: [{ port: 70_000 }] }),
    [
      'spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
  ],
  [
    'a node port and no type for it',
    service({ ports: [{ port: 80, nodePort: 30_000 }] }),
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  [
    'one port twice',
    service({
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    }),
    [
      'spec.ports[1]: Duplicate value: {"AppProtocol":null,"Name":"","NodePort":0,"Port":80,"Protocol":"TCP","TargetPort":0}',
    ],
  ],
  [
    'a type of its own',
    service({ type: 'Magic' }),
    [
      'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  [
    'an external name that is none',
    { spec: { type: 'ExternalName' } },
    ['spec.externalName: Required value'],
  ],
  [
    'an affinity that does not end',
    service({
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 90_000 } },
    }),
    [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be greater than 0 and less than 86400',
    ],
  ],
  [
    'an outside policy but no outside',
    service({ externalTrafficPolicy: 'Local' }),
    [
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
  ],
  [
    'an address before no address',
    service({ clusterIP: 'None', clusterIPs: ['None', '10.96.0.10'] }),
    [
      'spec.clusterIPs: Invalid value: ["None","10.96.0.10"]: \'None\' must be the first and only value',
    ],
  ],
  [
    'two addresses of one family',
    service({ clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10', '10.96.0.11'] }),
    [
      'spec.clusterIPs: Invalid value: ["10.96.0.10","10.96.0.11"]: may specify no more than one IP for each IP family',
    ],
  ],
  [
    'an address of another family than it says',
    service({ clusterIP: 'fd00::1', clusterIPs: ['fd00::1'], ipFamilies: ['IPv4'] }),
    [
      'spec.clusterIPs[0]: Invalid value: "fd00::1": expected an IPv4 value as indicated by `ipFamilies[0]`',
    ],
  ],
  [
    'families that are none, or twice the same',
    service({ ipFamilies: ['IPv5', 'IPv4', 'IPv4'], ipFamilyPolicy: 'Both' }),
    [
      'spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"',
      'spec.ipFamilies[2]: Duplicate value: "IPv4"',
      'spec.ipFamilyPolicy: Unsupported value: "Both": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
    ],
  ],
  [
    'a loopback address for the outside',
    service({ externalIPs: ['127.0.0.1'] }),
    [
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
  ],
]

for (const [name, given, want] of refusals) {
  test(`a service with ${name} is refused`, () => {
    assert.deepEqual(refusalsOf(services, given), want)
  })
}

const address = { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] }

test('a service keeps its address when an update names none', () => {
  assert.deepEqual(updateRefusalsOf(services, service(address), service()), [])
})

test('a service cannot change its address', () => {
  assert.deepEqual(
    updateRefusalsOf(services, service(address), service({ clusterIP: '10.96.0.11' })),
    ['spec.clusterIPs[0]: Invalid value: ["10.96.0.11"]: may not change once set'],
  )
})

test('a service keeps its first family and address, and loses the second by its policy alone', () => {
  const both = {
    clusterIP: '10.96.0.10',
    clusterIPs: ['10.96.0.10', 'fd00::10'],
    ipFamilies: ['IPv4', 'IPv6'],
    ipFamilyPolicy: 'RequireDualStack',
  }
  const refusals = (spec: Partial<ServiceSpec>) =>
    updateRefusalsOf(services, service(both), service({ ...both, ...spec }))
  assert.deepEqual(refusals({ clusterIPs: ['10.96.0.10', 'fd00::11'] }), [
    'spec.clusterIPs[1]: Invalid value: ["10.96.0.10","fd00::11"]: may not change once set',
  ])
  assert.deepEqual(refusals({ clusterIPs: ['10.96.0.10'], ipFamilies: ['IPv4'] }), [
    'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be set to \'SingleStack\' when releasing the secondary clusterIP',
    'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be set to \'SingleStack\' when releasing the secondary ipFamily',
  ])
  const one = { clusterIPs: ['10.96.0.10'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }
  assert.deepEqual(refusals(one), [])
  const turned = { clusterIP: 'fd00::10', clusterIPs: ['fd00::10', '10.96.0.10'] }
  assert.deepEqual(refusals({ ...turned, ipFamilies: ['IPv6', 'IPv4'] }), [
    'spec.clusterIPs[0]: Invalid value: ["fd00::10","10.96.0.10"]: may not change once set',
    'spec.clusterIPs[1]: Invalid value: ["fd00::10","10.96.0.10"]: may not change once set',
    'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
    'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
  ])
})

test('a service that becomes a name loses its address', () => {
  const old = storedForm(services, service(address))
  const draft: Service = {
    ...old,
    spec: { ...old.spec, type: 'ExternalName', externalName: 'example.com' },
  }
  const next = services.strategy.prepareForUpdate?.(draft, old, {
    nowMs: 0,
    user: { name: 'u', groups: [] },
  })
  assert.equal(next?.spec?.clusterIP, undefined)
  assert.equal(next?.spec?.clusterIPs, undefined)
})

test('a service that nobody reaches from outside any more has no policy for that', () => {
  const old = storedForm(services, service({ ...address, type: 'NodePort' }))
  assert.equal(old.spec?.externalTrafficPolicy, 'Cluster')
  const draft: Service = {
    ...old,
    spec: { ...old.spec, type: 'ExternalName', externalName: 'example.com' },
  }
  const context = { nowMs: 0, user: { name: 'u', groups: [] } }
  const next = services.strategy.prepareForUpdate?.(draft, old, context)
  assert.equal(next?.spec?.externalTrafficPolicy, undefined)
  const chosen = { ...draft, spec: { ...draft.spec, externalTrafficPolicy: 'Local' } }
  const kept = services.strategy.prepareForUpdate?.(chosen, old, context)
  assert.equal(kept?.spec?.externalTrafficPolicy, 'Local')
})

test('a service that is not balanced any more shows no balancer', () => {
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }
  const old = { ...storedForm(services, service({ ...address, type: 'LoadBalancer' })), status }
  const context = { nowMs: 0, user: { name: 'u', groups: [] } }
  const next = (type: string) =>
    services.strategy.prepareForUpdate?.({ ...old, spec: { ...old.spec, type } }, old, context)
  assert.deepEqual(next('ClusterIP')?.status, { loadBalancer: {} })
  assert.deepEqual(next('LoadBalancer')?.status, status)
})

test('ports keep the node ports they were given', () => {
  const old = storedForm(
    services,
    service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30_123 }] }),
  )
  const draft = {
    ...old,
    spec: { ...old.spec, ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }] },
  }
  const next = services.strategy.prepareForUpdate?.(draft, old, {
    nowMs: 0,
    user: { name: 'u', groups: [] },
  })
  assert.deepEqual(next?.spec?.ports, [
    { port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30_123 },
  ])
})

const rows: readonly (readonly [ServiceSpec, readonly string[]])[] = [
  [
    { ...address, type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }] },
    ['ClusterIP', '10.96.0.10', '<none>', '80/TCP'],
  ],
  [
    { ...address, type: 'NodePort', ports: [{ port: 80, nodePort: 30_000, protocol: 'TCP' }] },
    ['NodePort', '10.96.0.10', '<none>', '80:30000/TCP'],
  ],
  [
    { ...address, type: 'LoadBalancer', ports: [{ port: 53, protocol: 'UDP' }] },
    ['LoadBalancer', '10.96.0.10', '<pending>', '53/UDP'],
  ],
  [
    { type: 'ExternalName', externalName: 'example.com' },
    ['ExternalName', '<none>', 'example.com', '<none>'],
  ],
]

for (const [spec, want] of rows) {
  test(`a service shows ${want.join(' ')}`, () => {
    const stored = { ...storedForm(services, { spec }), spec }
    assert.deepEqual(
      services.columns.slice(1, 5).map((column) => column.value(stored, 0)),
      want,
    )
  })
}
