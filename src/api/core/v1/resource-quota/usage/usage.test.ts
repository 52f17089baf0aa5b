import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '#machinery'
import { listOfAmounts } from './amounts.ts'
import { quotaEvaluatorOf, quotaMatches } from './evaluators.ts'

const core = (plural: string) => ({ group: '', plural })
const evaluatorOf = (plural: string) => {
  const evaluator = quotaEvaluatorOf(core(plural))
  assert.ok(evaluator)
  return evaluator
}
const nowMs = Date.parse('2026-01-01T00:00:00Z')
const usageOf = (plural: string, object: object) =>
  listOfAmounts(evaluatorOf(plural).usage(object as KubeObject, nowMs))

interface PodDraft {
  readonly requests?: object
  readonly limits?: object
  readonly spec?: object
  readonly status?: object
  readonly metadata?: object
}

const pod = ({ requests, limits, spec, status, metadata }: PodDraft = {}) => ({
  metadata: { name: 'p', ...metadata },
  spec: { containers: [{ name: 'c', image: 'i', resources: { requests, limits } }], ...spec },
  ...(status && { status }),
})

describe('a pod uses', () => {
  const bare = { 'count/pods': '1', pods: '1' }
  const specs: readonly (readonly [string, object, object])[] = [
    ['itself', pod(), bare],
    [
      'what it asks for, under both names',
      pod({ requests: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '2Gi' } }),
      {
        ...bare,
        ...{ cpu: '1', memory: '1Gi', 'ephemeral-storage': '2Gi' },
        ...{ 'requests.cpu': '1', 'requests.memory': '1Gi', 'requests.ephemeral-storage': '2Gi' },
      },
    ],
    [
      'what it is limited to',
      pod({ limits: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '3Gi' } }),
      {
        ...bare,
        ...{ 'limits.cpu': '2', 'limits.memory': '2Gi', 'limits.ephemeral-storage': '3Gi' },
      },
    ],
    [
      'huge pages and extended resources by their requests',
      pod({
        requests: { 'hugepages-2Mi': '4Mi', 'example.com/gpu': '2', 'x.kubernetes.io/y': '1' },
      }),
      {
        ...bare,
        ...{ 'hugepages-2Mi': '4Mi', 'requests.hugepages-2Mi': '4Mi' },
        'requests.example.com/gpu': '2',
      },
    ],
    [
      'the larger of what it starts and what it runs with',
      pod({
        requests: { cpu: '1' },
        spec: {
          initContainers: [{ name: 'i', resources: { requests: { cpu: '3' } } }],
          overhead: { cpu: '250m' },
        },
      }),
      { ...bare, cpu: '3250m', 'requests.cpu': '3250m' },
    ],
    [
      'what its containers have been given, while they have more than they ask for',
      pod({
        requests: { cpu: '1' },
        limits: { cpu: '1' },
        status: {
          containerStatuses: [
            { name: 'c', resources: { requests: { cpu: '2' }, limits: { cpu: '3' } } },
          ],
        },
      }),
      { ...bare, cpu: '2', 'requests.cpu': '2', 'limits.cpu': '3' },
    ],
    [
      'its place alone when it is over',
      pod({ status: { phase: 'Failed' } }),
      { 'count/pods': '1' },
    ],
    [
      'its place alone when it should have gone',
      pod({
        metadata: {
          deletionTimestamp: '2025-12-31T23:59:00Z',
          deletionGracePeriodSeconds: 30,
        },
      }),
      { 'count/pods': '1' },
    ],
    [
      'all while it may still take its time to go',
      pod({
        metadata: {
          deletionTimestamp: '2025-12-31T23:59:30Z',
          deletionGracePeriodSeconds: 30,
        },
      }),
      bare,
    ],
  ]
  for (const [name, object, wanted] of specs) {
    test(name, () => assert.deepEqual(usageOf('pods', object), wanted))
  }
})

describe('of a pod quotas bound', () => {
  for (const [name, isBound] of [
    ['pods', true],
    ['count/pods', true],
    ['limits.ephemeral-storage', true],
    ['requests.hugepages-1Gi', true],
    ['hugepages-1Gi', true],
    ['requests.example.com/gpu', true],
    ['requests.deviceclass.resource.kubernetes.io/gpu', true],
    ['requests.x.kubernetes.io/y', false],
    ['example.com/gpu', false],
    ['requests.storage', false],
    ['services', false],
  ] as const) {
    test(`${isBound ? '' : 'not '}${name}`, () => {
      assert.deepEqual(evaluatorOf('pods').matching([name]), isBound ? [name] : [])
    })
  }
})

describe('a pod is in the scope', () => {
  const crossing = { namespaces: ['x'], topologyKey: 'k' }
  const everywhere = { namespaceSelector: {}, topologyKey: 'k' }
  const own = { topologyKey: 'k' }
  const required = (term: object) => ({
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
  })
  const preferred = (podAffinityTerm: object) => ({
    podAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm }],
    },
  })
  const affine = (affinity: object) => pod({ spec: { affinity } })
  const ofClass = (priorityClassName: string) => pod({ spec: { priorityClassName } })
  const specs: readonly (readonly [string, string, readonly string[], object, boolean])[] = [
    ['BestEffort', 'Exists', [], pod(), true],
    ['BestEffort', 'Exists', [], pod({ requests: { cpu: '1' } }), false],
    ['NotBestEffort', 'Exists', [], pod({ limits: { memory: '1' } }), true],
    ['NotBestEffort', 'Exists', [], pod(), false],
    ['Terminating', 'Exists', [], pod({ spec: { activeDeadlineSeconds: 0 } }), true],
    ['Terminating', 'Exists', [], pod(), false],
    ['PriorityClass', 'Exists', [], ofClass('a'), true],
    ['PriorityClass', 'Exists', [], pod(), false],
    ['PriorityClass', 'DoesNotExist', [], pod(), true],
    ['PriorityClass', 'In', ['a', 'b'], ofClass('b'), true],
    ['PriorityClass', 'In', ['a', 'b'], ofClass('c'), false],
    ['PriorityClass', 'In', ['a', 'b'], pod(), false],
    ['PriorityClass', 'NotIn', ['a'], ofClass('c'), true],
    ['PriorityClass', 'NotIn', ['a'], ofClass('a'), false],
    ['PriorityClass', 'NotIn', ['a'], pod(), true],
    ['CrossNamespacePodAffinity', 'Exists', [], affine(required(crossing)), true],
    ['CrossNamespacePodAffinity', 'Exists', [], affine(preferred(everywhere)), true],
    ['CrossNamespacePodAffinity', 'Exists', [], affine(preferred(own)), false],
    ['VolumeAttributesClass', 'Exists', [], pod(), false],
  ]
  for (const [scopeName, operator, values, object, isIn] of specs) {
    test(`${scopeName} ${operator} ${values} ${isIn ? 'or' : 'or not'}: ${JSON.stringify(object)}`, () => {
      const scope = { scopeName, operator, values }
      assert.equal(evaluatorOf('pods').matchesScope(scope, object as KubeObject), isIn)
    })
  }
})

test('where cpu and memory are bound, each container says what it wants, or the pod does', () => {
  const missing = (object: object, ...names: readonly string[]) =>
    evaluatorOf('pods').missing(names, object as KubeObject)
  const two = pod({
    requests: { cpu: '1' },
    spec: { initContainers: [{ name: 'b' }, { name: 'a', resources: { limits: { cpu: '1' } } }] },
  })
  assert.equal(
    missing(two, 'requests.cpu', 'limits.cpu', 'pods', 'limits.ephemeral-storage'),
    'must specify limits.cpu for: b,c; requests.cpu for: a,b',
  )
  const whole = pod({ spec: { resources: { limits: { memory: '1Gi' } } } })
  assert.equal(missing(whole, 'limits.cpu'), undefined)
})

test('claims use storage in whole bytes, of their class and by what has been allocated', () => {
  const claim = (storage: string, more: object = {}) => ({
    metadata: { name: 'c' },
    spec: { resources: { requests: { storage } }, ...more },
  })
  const bare = { persistentvolumeclaims: '1', 'count/persistentvolumeclaims': '1' }
  assert.deepEqual(usageOf('persistentvolumeclaims', claim('1500m')), {
    ...bare,
    'requests.storage': '2',
  })
  const annotated = {
    ...claim('1Gi', { storageClassName: 'silver' }),
    metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'gold' } },
    status: { allocatedResources: { storage: '2Gi' } },
  }
  assert.deepEqual(usageOf('persistentvolumeclaims', annotated), {
    ...bare,
    'requests.storage': '2Gi',
    'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    'gold.storageclass.storage.k8s.io/requests.storage': '2Gi',
  })
})

test('a claim is in the scope of each attributes class that it has, had or is to get', () => {
  const { matchesScope } = evaluatorOf('persistentvolumeclaims')
  const among = (values: readonly string[], object: object, operator = 'In') =>
    matchesScope({ scopeName: 'VolumeAttributesClass', operator, values }, object as KubeObject)
  const claim = {
    spec: { volumeAttributesClassName: 'new' },
    status: {
      currentVolumeAttributesClassName: 'old',
      modifyVolumeStatus: { targetVolumeAttributesClassName: 'next', status: 'Pending' },
    },
  }
  for (const name of ['new', 'old', 'next']) assert.equal(among([name], claim), true, name)
  assert.equal(among(['other'], claim), false)
  assert.equal(among([], { spec: {} }, 'DoesNotExist'), true)
  assert.equal(among([], { spec: {} }, 'Exists'), false)
})

test('claims for devices use those of each class, and of alternatives the most', () => {
  const evaluator = quotaEvaluatorOf({ group: 'resource.k8s.io', plural: 'resourceclaims' })
  const exactly = (deviceClassName: string, count?: number) => ({
    deviceClassName,
    ...(count === undefined ? { allocationMode: 'All' } : { allocationMode: 'ExactCount', count }),
  })
  const requests = [
    { name: 'a', exactly: exactly('gpu', 2) },
    { name: 'b', firstAvailable: [exactly('gpu', 1), exactly('gpu', 3), exactly('nic', 1)] },
    { name: 'c', exactly: exactly('nic') },
    { name: 'd', exactly: { deviceClassName: 'tpu', allocationMode: 'Unknown' } },
  ]
  const claim = { spec: { devices: { requests } } } as KubeObject
  assert.deepEqual(listOfAmounts(evaluator?.usage(claim, nowMs) ?? new Map()), {
    'count/resourceclaims.resource.k8s.io': '1',
    'gpu.deviceclass.resource.k8s.io/devices': '5',
    'nic.deviceclass.resource.k8s.io/devices': '33',
    'tpu.deviceclass.resource.k8s.io/devices': '0',
  })
  const name = 'gpu.deviceclass.resource.k8s.io/devices'
  assert.deepEqual(evaluator?.matching([name, 'pods']), [name])
})

test('balancers without node ports of their own use those that are named', () => {
  const ports = [{ port: 1 }, { port: 2, nodePort: 30_000 }]
  const of = (spec: object) => usageOf('services', { spec: { ports, ...spec } })
  assert.equal(of({ type: 'LoadBalancer' })['services.nodeports'], '2')
  const none = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }
  assert.equal(of(none)['services.nodeports'], '1')
  assert.equal(of(none)['services.loadbalancers'], '1')
  assert.equal(of({ type: 'ClusterIP' })['services.nodeports'], '0')
})

test('every other resource is counted by its name, apart from events and what is not stored', () => {
  const widgets = quotaEvaluatorOf({ group: 'example.com', plural: 'widgets' })
  assert.deepEqual(widgets?.matching(['count/widgets.example.com', 'widgets', 'pods']), [
    'count/widgets.example.com',
  ])
  assert.deepEqual(usageOf('secrets', {}), { secrets: '1', 'count/secrets': '1' })
  for (const plural of ['events', 'bindings'])
    assert.equal(quotaEvaluatorOf(core(plural)), undefined)
})

test('a quota concerns what it bounds something of, and what is in all of its scopes', () => {
  const hard = { pods: '1' }
  const quota = (spec: object, status: object = { hard }) => ({ metadata: {}, spec, status })
  const matches = (of: object, object: object) =>
    quotaMatches(of as never, evaluatorOf('pods'), object as KubeObject)
  assert.equal(matches(quota({ hard }), pod()), true)
  assert.equal(matches(quota({ hard }, {}), pod()), false, 'nothing is known of it yet')
  assert.equal(matches(quota({ hard }, { hard: { services: '1' } }), pod()), false)
  const matchExpressions = [{ scopeName: 'PriorityClass', operator: 'In', values: ['a'] }]
  const both = quota({ hard, scopes: ['BestEffort'], scopeSelector: { matchExpressions } })
  assert.equal(matches(both, pod({ spec: { priorityClassName: 'a' } })), true)
  assert.equal(matches(both, pod()), false)
})
