import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EndpointSlice, Node, Pod, Service } from '#api'
import type { Stored } from '#machinery'
import { nodeWith, type PodTraits, podWith, storedObject } from '../shared/objects-fixture.ts'
import { managedBy, planSlices, type SliceAction } from './plan.ts'

const zone = { 'topology.kubernetes.io/zone': 'z1' }
const nodes = new Map<string, Stored<Node>>([
  ['n1', nodeWith('n1', { Ready: 'True' }, { metadata: { labels: zone } })],
])

function service(spec: Partial<NonNullable<Service['spec']>> = {}): Stored<Service> {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }]
  return storedObject('web', {
    metadata: { labels: { team: 'shop' } },
    spec: { clusterIP: '10.0.0.1', ports, ...spec },
  } as Service)
}

function pod(name: string, ip: string, traits: PodTraits = {}): Stored<Pod> {
  const status = { podIPs: [{ ip }], ...traits.status }
  return podWith(name, {
    node: 'n1',
    readyFor: 10,
    ...traits,
    status: conditionsOf(traits, status),
  })
}

/** `status` of a trait replaces conditions; those of readiness are made again. */
function conditionsOf(traits: PodTraits, status: NonNullable<Pod['status']>): Pod['status'] {
  const { status: made } = podWith('x', { readyFor: 10, ...traits, status: undefined })
  return { ...made, ...status }
}

interface World {
  readonly spec?: Partial<NonNullable<Service['spec']>>
  readonly pods: readonly Stored<Pod>[]
  readonly slices?: readonly Stored<EndpointSlice>[]
  readonly triggerTime?: string
}

function plan({ spec, pods, slices = [], triggerTime }: World): readonly SliceAction[] {
  const nodeOf = (name: string) => nodes.get(name)
  return planSlices({ service: service(spec), pods, slices, nodeOf, triggerTime })
}

const endpointsOf = ({ slice }: SliceAction) => slice.endpoints ?? []
const only = (actions: readonly SliceAction[]): SliceAction => {
  assert.equal(actions.length, 1)
  return actions[0] as SliceAction
}
const one = (world: World) => endpointsOf(only(plan(world)))[0]

/** The slices as they stand after the actions. */
function apply(actions: readonly SliceAction[]): readonly Stored<EndpointSlice>[] {
  return actions.map(({ slice }, index) => storedObject(`web-${index}`, slice as EndpointSlice))
}

test('a slice that is written says when what it follows has changed, or nothing of it', () => {
  const trigger = 'endpoints.kubernetes.io/last-change-trigger-time'
  const pods = [pod('a', '10.1.0.1')]
  const times = (actions: readonly SliceAction[]) =>
    actions.map(({ slice }) => slice.metadata?.annotations?.[trigger])
  const made = plan({ pods, triggerTime: '2026-01-01T00:00:05Z' })
  assert.deepEqual(times(made), ['2026-01-01T00:00:05Z'])
  const slices = apply(made)
  const more = [...pods, pod('b', '10.1.0.2')]
  assert.deepEqual(plan({ pods, slices, triggerTime: '2026-01-01T00:00:09Z' }), [])
  const later = { pods: more, slices, triggerTime: '2026-01-01T00:00:09Z' }
  assert.deepEqual(times(plan(later)), ['2026-01-01T00:00:09Z'])
  assert.deepEqual(times(plan({ pods: more, slices })), [undefined])
})

describe('an endpoint', () => {
  test('tells what the pod is to a proxy', () => {
    assert.deepEqual(one({ pods: [pod('a', '10.1.0.1')] }), {
      addresses: ['10.1.0.1'],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', namespace: 'ns', name: 'a', uid: 'uid-a' },
      nodeName: 'n1',
      zone: 'z1',
    })
  })

  const cases: readonly (readonly [string, PodTraits, boolean, readonly boolean[]])[] = [
    // ready, serving, terminating
    ['that is not ready', { readyFor: undefined }, false, [false, false, false]],
    ['that leaves and still answers', { leaving: true }, false, [false, true, true]],
    [
      'that leaves and does not answer',
      { leaving: true, readyFor: undefined },
      false,
      [false, false, true],
    ],
    [
      'that is not ready, published all the same',
      { readyFor: undefined },
      true,
      [true, false, false],
    ],
    ['that leaves, published all the same', { leaving: true }, true, [true, true, true]],
  ]
  for (const [name, traits, publishNotReadyAddresses, [ready, serving, terminating]] of cases) {
    test(name, () => {
      const endpoint = one({
        spec: { publishNotReadyAddresses },
        pods: [pod('a', '10.1.0.1', traits)],
      })
      assert.deepEqual(endpoint?.conditions, { ready, serving, terminating })
    })
  }

  test('has a host name where its subdomain is the Service', () => {
    const spec = { hostname: 'db-0', subdomain: 'web' }
    assert.equal(one({ pods: [pod('a', '10.1.0.1', { spec })] })?.hostname, 'db-0')
    const other = { hostname: 'db-0', subdomain: 'other' }
    assert.equal(one({ pods: [pod('a', '10.1.0.1', { spec: other })] })?.hostname, undefined)
  })

  test('carries hints where the Service wishes for near traffic', () => {
    const hints = (trafficDistribution: string) =>
      one({ spec: { trafficDistribution }, pods: [pod('a', '10.1.0.1')] })?.hints
    assert.deepEqual(hints('PreferSameZone'), { forZones: [{ name: 'z1' }] })
    assert.deepEqual(hints('PreferClose'), { forZones: [{ name: 'z1' }] })
    assert.deepEqual(hints('PreferSameNode'), {
      forNodes: [{ name: 'n1' }],
      forZones: [{ name: 'z1' }],
    })
  })
})

describe('left out is', () => {
  const left = (traits: PodTraits, spec = {}) =>
    endpointsOf(only(plan({ spec, pods: [pod('a', '10.1.0.1', traits)] })))

  test('a pod that has ended or has no address', () => {
    assert.deepEqual(left({ phase: 'Succeeded' }), [])
    assert.deepEqual(left({ phase: 'Failed' }), [])
    assert.deepEqual(left({ status: { podIPs: [] } }), [])
  })

  test('a pod of a node that is not known yet, unless all are published', () => {
    assert.deepEqual(left({ node: 'gone' }), [])
    assert.equal(left({ node: 'gone' }, { publishNotReadyAddresses: true }).length, 1)
  })
})

describe('slices', () => {
  test('a Service without endpoints has one that is empty', () => {
    const action = only(plan({ pods: [] }))
    assert.equal(action.kind, 'create')
    assert.deepEqual(endpointsOf(action), [])
    assert.deepEqual(action.slice.metadata.labels, {
      team: 'shop',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': managedBy,
    })
    assert.equal(action.slice.metadata.generateName, 'web-')
  })

  test('of headless Services are marked', () => {
    const { slice } = only(plan({ spec: { clusterIP: 'None' }, pods: [] }))
    assert.equal(slice.metadata.labels?.['service.kubernetes.io/headless'], '')
  })

  test('hold 100 endpoints each, and a gap is filled before another is made', () => {
    const pods = Array.from({ length: 150 }, (_, index) => pod(`p${index}`, `10.1.0.${index}`))
    const made = plan({ pods })
    assert.deepEqual(
      made.map((action) => endpointsOf(action).length),
      [100, 50],
    )
    const slices = apply(made)
    assert.deepEqual(plan({ pods, slices }), [])
    const changed = [...pods.slice(1), pod('new', '10.2.0.1')]
    const update = only(plan({ pods: changed, slices }))
    assert.equal(update.kind, 'update')
    assert.equal(update.slice.metadata.name, 'web-0')
    assert.equal(endpointsOf(update).length, 100)
    assert.ok(endpointsOf(update).some(({ addresses }) => addresses[0] === '10.2.0.1'))
  })

  test('that become empty go, but for the last', () => {
    const pods = Array.from({ length: 150 }, (_, index) => pod(`p${index}`, `10.1.0.${index}`))
    const slices = apply(plan({ pods }))
    assert.deepEqual(
      plan({ pods: pods.slice(0, 100), slices }).map(({ kind, slice }) => [
        kind,
        slice.metadata.name,
      ]),
      [['delete', 'web-1']],
    )
    const [placeholder, gone, ...others] = plan({ pods: [], slices })
    assert.deepEqual(others, [])
    assert.ok(placeholder && gone)
    assert.deepEqual([placeholder.kind, placeholder.slice.metadata.name], ['update', 'web-0'])
    assert.deepEqual([placeholder.slice.endpoints, placeholder.slice.ports], [[], []])
    assert.deepEqual([gone.kind, gone.slice.metadata.name], ['delete', 'web-1'])
  })

  test('stand apart by address family and by the numbers of named ports', () => {
    const families = { ipFamilies: ['IPv4', 'IPv6'] }
    const dual = pod('a', '10.1.0.1', {
      status: { podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }] },
    })
    assert.deepEqual(
      plan({ spec: families, pods: [dual] }).map(({ slice }) => [
        slice.addressType,
        slice.endpoints?.[0]?.addresses[0],
      ]),
      [
        ['IPv4', '10.1.0.1'],
        ['IPv6', 'fd00::1'],
      ],
    )
    const named = (number: number) => ({
      spec: {
        containers: [{ name: 'c', image: 'i', ports: [{ name: 'web', containerPort: number }] }],
      },
    })
    const ports = [{ name: 'http', port: 80, targetPort: 'web' }]
    const pods = [pod('a', '10.1.0.1', named(8080)), pod('b', '10.1.0.2', named(9090))]
    assert.deepEqual(
      plan({ spec: { ports }, pods }).map(({ slice }) => slice.ports?.[0]?.port),
      [8080, 9090],
    )
    const without = pod('c', '10.1.0.3')
    assert.deepEqual(only(plan({ spec: { ports }, pods: [without] })).slice.ports, [])
  })

  test('follow the labels of their Service', () => {
    const pods = [pod('a', '10.1.0.1')]
    const [slice] = apply(plan({ pods }))
    assert.ok(slice)
    const relabeled = {
      ...slice,
      metadata: { ...slice.metadata, labels: { 'kubernetes.io/service-name': 'web' } },
    }
    const action = only(plan({ pods, slices: [relabeled] }))
    assert.equal(action.kind, 'update')
    assert.equal(action.slice.metadata.labels?.team, 'shop')
  })
})
