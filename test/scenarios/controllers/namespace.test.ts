import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import {
  configMaps,
  deployments,
  endpointSlices,
  endpoints,
  namespaces,
  nodes,
  pods,
  serviceAccounts,
  services,
} from '#api'
import { startCluster } from './cluster-fixture.ts'

const labels = { app: 'web' }
const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } }

test('a namespace gets its account and authority, and goes with all that is in it', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  const { client } = cluster
  await cluster.create(namespaces, { metadata: { name: 'shop' } })
  await cluster.until('it is furnished', async () => {
    const account = await cluster.get(serviceAccounts, 'shop/default')
    const authority = await cluster.get(configMaps, 'shop/kube-root-ca.crt')
    return account !== undefined && authority?.data?.['ca.crt'] === 'certificate'
  })
  const metadata = { name: 'web', namespace: 'shop' }
  const spec = { replicas: 2, selector: { matchLabels: labels }, template }
  await cluster.create(deployments, { metadata, spec })
  await cluster.until('its pods run', async () => {
    const all = await cluster.list(pods, 'shop')
    return all.length === 2 && all.every(({ status }) => status?.phase === 'Running')
  })
  await client.delete(namespaces, { name: 'shop' })
  equal((await cluster.get(namespaces, 'shop'))?.status?.phase, 'Terminating')
  await cluster.until('it is gone', async () => !(await cluster.get(namespaces, 'shop')))
  deepEqual(await cluster.list(configMaps, 'shop'), [])
})

test('a finalizer of its content holds a leaving namespace, which says so', async () => {
  await using cluster = await startCluster()
  const { client } = cluster
  await cluster.create(namespaces, { metadata: { name: 'held' } })
  const metadata = { name: 'kept', namespace: 'held', finalizers: ['example.com/keep'] }
  await cluster.create(configMaps, { metadata })
  await client.delete(namespaces, { name: 'held' })
  await cluster.clock.advance(20_000)
  const { conditions = [] } = (await cluster.get(namespaces, 'held'))?.status ?? {}
  deepEqual(
    conditions.map(({ type, status, reason, message }) => [type, status, reason, message]),
    [
      [
        'NamespaceDeletionDiscoveryFailure',
        'False',
        'ResourcesDiscovered',
        'All resources successfully discovered',
      ],
      [
        'NamespaceDeletionGroupVersionParsingFailure',
        'False',
        'ParsedGroupVersions',
        'All legacy kube types successfully parsed',
      ],
      [
        'NamespaceDeletionContentFailure',
        'False',
        'ContentDeleted',
        'All content successfully deleted, may be waiting on finalization',
      ],
      [
        'NamespaceContentRemaining',
        'True',
        'SomeResourcesRemain',
        'Some resources are remaining: configmaps. has 1 resource instances',
      ],
      [
        'NamespaceFinalizersRemaining',
        'True',
        'SomeFinalizersRemain',
        'Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances',
      ],
    ],
  )
  await client.patch(configMaps, metadata, {
    kind: 'merge',
    patch: { metadata: { finalizers: null } },
  })
  await cluster.until('it is gone', async () => !(await cluster.get(namespaces, 'held')))
})

test('every node gets its own part of the pod network', async () => {
  await using cluster = await startCluster({ nodes: ['a', 'b', 'c'] })
  await cluster.clock.settle()
  const all = await cluster.list(nodes)
  deepEqual(all.map(({ spec }) => spec?.podCIDR).toSorted(), [
    '10.244.0.0/24',
    '10.244.1.0/24',
    '10.244.2.0/24',
  ])
})

test('the pods of a Service stand in its slice and its Endpoints, and leave with it', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  const metadata = { name: 'web', namespace: 'default' }
  await cluster.create(services, {
    metadata,
    spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  })
  const spec = { replicas: 2, selector: { matchLabels: labels }, template }
  await cluster.create(deployments, { metadata, spec })
  await cluster.until('both pods are endpoints', async () => {
    const [slice] = await cluster.list(endpointSlices, 'default')
    return slice?.endpoints?.length === 2 && slice.endpoints.every((each) => each.conditions?.ready)
  })
  const [slice] = await cluster.list(endpointSlices, 'default')
  if (!slice) throw new Error('there is no slice')
  ok(slice.metadata.name.startsWith('web-'))
  deepEqual(slice.metadata.labels, {
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    'kubernetes.io/service-name': 'web',
  })
  deepEqual(slice.ports, [{ name: 'http', port: 8080, protocol: 'TCP' }])
  equal(slice.endpoints?.[0]?.nodeName, 'a')
  const mirror = await cluster.get(endpoints, 'default/web')
  deepEqual(
    mirror?.subsets?.[0]?.addresses?.map(({ ip }) => ip),
    slice.endpoints?.map(({ addresses }) => addresses[0]).toSorted(),
  )
  await cluster.client.delete(services, metadata)
  await cluster.until('both are gone', async () => {
    const left = [
      ...(await cluster.list(endpointSlices, 'default')),
      ...(await cluster.list(endpoints, 'default')),
    ]
    return left.length === 0
  })
})
