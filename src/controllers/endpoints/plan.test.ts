import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Endpoints, Pod, Service } from '#api'
import type { Stored } from '#machinery'
import { type PodTraits, podWith, storedObject } from '../shared/objects-fixture.ts'
import { overCapacityAnnotation, planEndpoints, subsetsOf } from './plan.ts'

function service(spec: Partial<NonNullable<Service['spec']>> = {}): Stored<Service> {
  return storedObject('web', {
    spec: { clusterIP: '10.0.0.1', ports: [{ port: 80 }], ...spec },
  } as Service)
}

function pod(name: string, ip: string, traits: PodTraits = {}): Stored<Pod> {
  const made = podWith(name, { node: 'n1', readyFor: 10, ...traits })
  return { ...made, status: { ...made.status, podIPs: [{ ip }] } }
}

const ips = (addresses: readonly { readonly ip: string }[] = []) => addresses.map(({ ip }) => ip)

describe('subsets', () => {
  test('tell ready from unready addresses, in the order of addresses', () => {
    const [subset, ...others] = subsetsOf(service(), [
      pod('b', '10.1.0.2'),
      pod('c', '10.1.0.3', { readyFor: undefined }),
      pod('a', '10.1.0.1'),
    ])
    assert.deepEqual(others, [])
    assert.deepEqual(ips(subset?.addresses), ['10.1.0.1', '10.1.0.2'])
    assert.deepEqual(ips(subset?.notReadyAddresses), ['10.1.0.3'])
    assert.deepEqual(subset?.ports, [{ port: 80, protocol: 'TCP' }])
    assert.deepEqual(subset?.addresses?.[0]?.targetRef, {
      kind: 'Pod',
      namespace: 'ns',
      name: 'a',
      uid: 'uid-a',
    })
  })

  test('leave out pods that leave or ended, and keep those that leave where all are published', () => {
    const pods = [
      pod('a', '10.1.0.1', { leaving: true }),
      pod('b', '10.1.0.2', { phase: 'Succeeded' }),
      pod('c', '10.1.0.3', { readyFor: undefined }),
    ]
    assert.deepEqual(
      subsetsOf(service(), pods).map((subset) => ips(subset.addresses)),
      [[]],
    )
    const published = subsetsOf(service({ publishNotReadyAddresses: true }), pods)
    assert.deepEqual(
      published.map((subset) => ips(subset.addresses)),
      [['10.1.0.1', '10.1.0.3']],
    )
  })

  test('stand apart by the numbers of named ports; a pod without the port is left out', () => {
    const named = (containerPort: number) => ({
      spec: { containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort }] }] },
    })
    const subsets = subsetsOf(service({ ports: [{ name: 'web', port: 80, targetPort: 'http' }] }), [
      pod('a', '10.1.0.1', named(8080)),
      pod('b', '10.1.0.2', named(9090)),
      pod('c', '10.1.0.3'),
    ])
    assert.deepEqual(
      subsets.map(({ ports, addresses }) => [ports?.[0]?.port, ips(addresses)]),
      [
        [8080, ['10.1.0.1']],
        [9090, ['10.1.0.2']],
      ],
    )
  })

  test('know only the first address family of the Service', () => {
    const both = pod('a', '10.1.0.1')
    const dual = {
      ...both,
      status: { ...both.status, podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }] },
    }
    const six = subsetsOf(service({ ipFamilies: ['IPv6', 'IPv4'] }), [dual])
    assert.deepEqual(ips(six[0]?.addresses), ['fd00::1'])
  })
})

const unknown = { held: undefined, triggerTime: undefined }

describe('the object', () => {
  test('says when what it follows has changed, or nothing of it', () => {
    const trigger = 'endpoints.kubernetes.io/last-change-trigger-time'
    const at = { ...unknown, triggerTime: '2026-01-01T00:00:05Z' }
    const made = planEndpoints(service(), [], at)
    assert.equal(made?.metadata.annotations?.[trigger], at.triggerTime)
    const held = storedObject('web', made as Endpoints)
    const next = planEndpoints(service(), [pod('a', '10.1.0.1')], { ...unknown, held })
    assert.equal(next?.metadata.annotations?.[trigger], undefined)
  })

  test('is written once, and not again while nothing changes', () => {
    const pods = [pod('a', '10.1.0.1')]
    const made = planEndpoints(service(), pods, unknown)
    assert.equal(made?.metadata.name, 'web')
    assert.equal(
      made?.metadata.labels?.['endpoints.kubernetes.io/managed-by'],
      'endpoint-controller',
    )
    const held = storedObject('web', made as Endpoints)
    assert.equal(planEndpoints(service(), pods, { ...unknown, held }), undefined)
    assert.ok(planEndpoints(service(), [], { ...unknown, held }))
    assert.equal(
      planEndpoints(service({ clusterIP: 'None' }), pods, { ...unknown, held })?.metadata.labels?.[
        'service.kubernetes.io/headless'
      ],
      '',
    )
  })

  test('is cut at 1000 addresses, ready ones first, and says so until it fits', () => {
    const pods = Array.from({ length: 1100 }, (_, index) =>
      pod(
        `p${index}`,
        `10.${index >> 8}.0.${index & 255}`,
        index < 1050 ? {} : { readyFor: undefined },
      ),
    )
    const cut = planEndpoints(service(), pods, unknown)
    assert.equal(cut?.subsets?.[0]?.addresses?.length, 1000)
    assert.equal(cut?.subsets?.[0]?.notReadyAddresses, undefined)
    assert.equal(cut?.metadata.annotations?.[overCapacityAnnotation], 'truncated')
    const mixed = planEndpoints(service(), pods.slice(200), unknown)
    assert.equal(mixed?.subsets?.[0]?.addresses?.length, 850)
    assert.equal(mixed?.subsets?.[0]?.notReadyAddresses?.length, 50)
    const fits = planEndpoints(service(), pods.slice(0, 10), {
      ...unknown,
      held: storedObject('web', cut as Endpoints),
    })
    assert.equal(fits?.metadata.annotations?.[overCapacityAnnotation], undefined)
  })
})
