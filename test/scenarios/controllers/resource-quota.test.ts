import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  configMaps,
  customResourceDefinitions,
  deployments,
  type Pod,
  persistentVolumeClaims,
  pods,
  resourceQuotas,
  services,
} from '#api'
import type { KubeObject } from '#machinery'
import { startCluster, type TestCluster } from './cluster-fixture.ts'

const namespace = 'default'

async function withQuota(hard: Readonly<Record<string, string>>, more: object = {}) {
  const cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(resourceQuotas, {
    metadata: { name: 'q', namespace },
    spec: { hard, ...more },
  })
  const zeros = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']))
  await uses(cluster, { ...zeros, ...('count/configmaps' in hard && { 'count/configmaps': '1' }) })
  return cluster
}

async function uses(
  cluster: TestCluster,
  wanted: Readonly<Record<string, string>>,
  limitMs?: number,
) {
  let used: Readonly<Record<string, string>> | undefined
  const said = async () => {
    used = (await cluster.get(resourceQuotas, `${namespace}/q`))?.status?.used
    return Object.entries(wanted).every(([name, text]) => used?.[name] === text)
  }
  await cluster.until(`what is used is ${JSON.stringify(wanted)}`, said, limitMs).catch((error) => {
    throw new Error(`${error.message}; it is ${JSON.stringify(used)}`)
  })
}

const pod = (name: string, resources: object = {}, spec: object = {}) => ({
  metadata: { name, namespace },
  spec: { containers: [{ name: 'c', image: 'i', resources }], ...spec },
})
const refusal = (text: string) => ({ code: 403, message: text })

test('pods are let in as far as the quota goes, and again when one has gone', async () => {
  await using cluster = await withQuota({ pods: '2', 'requests.cpu': '1', 'limits.memory': '1Gi' })
  const asks = { requests: { cpu: '400m' }, limits: { memory: '256Mi', cpu: '400m' } }
  await cluster.create(pods, pod('a', asks))
  await cluster.create(pods, pod('b', asks))
  await uses(cluster, { pods: '2', 'requests.cpu': '800m', 'limits.memory': '512Mi' })
  await assert.rejects(
    cluster.create(pods, pod('c', asks)),
    refusal(
      'pods "c" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=400m, used: pods=2,requests.cpu=800m, limited: pods=2,requests.cpu=1',
    ),
  )
  await assert.rejects(
    cluster.create(pods, pod('c')),
    refusal(
      'pods "c" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
    ),
  )
  await cluster.client.delete(pods, { namespace, name: 'a' })
  await uses(cluster, { pods: '1', 'requests.cpu': '400m', 'limits.memory': '256Mi' })
  await cluster.create(pods, pod('c', asks))
})

test('a pod that is to have more is charged for that alone', async () => {
  await using cluster = await withQuota({ 'requests.cpu': '1' })
  await cluster.create(pods, pod('a', { requests: { cpu: '400m' } }))
  const resize = (cpu: string) =>
    cluster.client.patch(
      pods,
      { namespace, name: 'a' },
      {
        kind: 'strategic',
        patch: { spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }] } },
      },
      { subresource: 'resize' },
    )
  await resize('900m')
  await uses(cluster, { 'requests.cpu': '900m' })
  await assert.rejects(
    resize('1100m'),
    refusal(
      'pods "a" is forbidden: exceeded quota: q, requested: requests.cpu=200m, used: requests.cpu=900m, limited: requests.cpu=1',
    ),
  )
})

test('custom resources are counted once the controller has found their kind', async () => {
  await using cluster = await startCluster()
  const group = 'example.com'
  await cluster.create(customResourceDefinitions, {
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object' } },
        },
      ],
    },
  })
  const widgets = {
    ...{ group, version: 'v1', kind: 'Widget', plural: 'widgets' },
    scope: 'Namespaced',
  } as const
  const widget = (name: string) => ({ metadata: { name, namespace } })
  await cluster.until('the kind is served', async () => {
    const found = await cluster.get(customResourceDefinitions, `widgets.${group}`)
    return Boolean(
      found?.status?.conditions?.some(
        ({ type, status }) => type === 'Established' && status === 'True',
      ),
    )
  })
  await cluster.create(widgets, widget('a'))
  await cluster.clock.advance(31_000)
  const hard = { [`count/widgets.${group}`]: '1' }
  await cluster.create(resourceQuotas, { metadata: { name: 'q', namespace }, spec: { hard } })
  await uses(cluster, hard)
  await assert.rejects(
    cluster.create(widgets, widget('b')),
    /widgets\.example\.com "b" is forbidden: exceeded quota: q, requested: count\/widgets\.example\.com=1/,
  )
  await cluster.client.delete(widgets, { namespace, name: 'a' })
  await uses(cluster, { [`count/widgets.${group}`]: '0' })
})

test('pods that come at the same time are charged one by one', async () => {
  await using cluster = await withQuota({ pods: '5' })
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => cluster.create(pods, pod(`p${i}`))),
  )
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 5)
  assert.equal((await cluster.list(pods, namespace)).length, 5)
  await uses(cluster, { pods: '5' })
})

test('a dry run is checked and costs nothing', async () => {
  await using cluster = await withQuota({ pods: '1' })
  const path = `/api/v1/namespaces/${namespace}/pods`
  const dry = (name: string) =>
    cluster.client.transport.send(
      {
        method: 'POST',
        path,
        query: new URLSearchParams({ dryRun: 'All' }),
        headers: {},
        user: { name: 'admin', groups: ['system:masters', 'system:authenticated'] },
        body: {
          kind: 'value',
          value: { apiVersion: 'v1', kind: 'Pod', ...pod(name) } as KubeObject,
        },
      },
      new AbortController().signal,
    )
  assert.equal((await dry('a')).status, 201)
  await cluster.create(pods, pod('a'))
  assert.equal((await dry('b')).status, 403)
})

test('what a quota bounds may change, and what it says follows', async () => {
  await using cluster = await withQuota({ pods: '1' })
  await cluster.create(pods, pod('a'))
  const patch = { spec: { hard: { pods: '2', 'requests.cpu': '1' } } }
  const key = { namespace, name: 'q' }
  await cluster.client.patch(resourceQuotas, key, { kind: 'merge', patch })
  await uses(cluster, { pods: '1', 'requests.cpu': '0' })
  const quota = await cluster.get(resourceQuotas, `${namespace}/q`)
  assert.deepEqual(quota?.status?.hard, { pods: '2', 'requests.cpu': '1' })
})

test('objects of every kind are counted, of the built-in ones by their older names too', async () => {
  await using cluster = await withQuota({ 'count/deployments.apps': '1', 'count/configmaps': '2' })
  const selector = { matchLabels: { a: 'b' } }
  const template = { metadata: { labels: { a: 'b' } }, spec: pod('x').spec }
  const deployment = (name: string) => ({
    metadata: { name, namespace },
    spec: { replicas: 0, selector, template },
  })
  await cluster.create(deployments, deployment('a'))
  await assert.rejects(
    cluster.create(deployments, deployment('b')),
    refusal(
      'deployments.apps "b" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
    ),
  )
  await cluster.create(configMaps, { metadata: { name: 'a', namespace } })
  await assert.rejects(
    cluster.create(configMaps, { metadata: { name: 'b', namespace } }),
    /exceeded quota: q, requested: count\/configmaps=1, used: count\/configmaps=2/,
  )
  await cluster.client.delete(configMaps, { namespace, name: 'a' })
  await uses(cluster, { 'count/configmaps': '1' })
})

test('node ports and balancers are counted when a Service becomes one that has them', async () => {
  await using cluster = await withQuota({
    'services.nodeports': '2',
    'services.loadbalancers': '0',
  })
  const ports = [
    { name: 'a', port: 1 },
    { name: 'b', port: 2 },
  ]
  const service = (type: string) => ({ metadata: { name: 's', namespace }, spec: { type, ports } })
  const made = await cluster.create(services, service('ClusterIP'))
  await uses(cluster, { 'services.nodeports': '0' })
  await assert.rejects(
    cluster.client.update(services, { ...made, spec: { ...made.spec, type: 'LoadBalancer' } }),
    /exceeded quota: q, requested: services.loadbalancers=1, used: services.loadbalancers=0, limited: services.loadbalancers=0/,
  )
  await cluster.client.update(services, { ...made, spec: { ...made.spec, type: 'NodePort' } })
  await uses(cluster, { 'services.nodeports': '2' })
  await cluster.client.patch(
    services,
    { namespace, name: 's' },
    { kind: 'merge', patch: { spec: { type: 'ClusterIP' } } },
  )
  await uses(cluster, { 'services.nodeports': '0' })
})

test('claims are counted in all and by their class', async () => {
  const gold = 'gold.storageclass.storage.k8s.io/requests.storage'
  await using cluster = await withQuota({
    persistentvolumeclaims: '3',
    'requests.storage': '10Gi',
    [gold]: '2Gi',
  })
  const claim = (name: string, storage: string, storageClassName: string) => ({
    metadata: { name, namespace },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName,
      resources: { requests: { storage } },
    },
  })
  await cluster.create(persistentVolumeClaims, claim('a', '1Gi', 'gold'))
  await cluster.create(persistentVolumeClaims, claim('b', '3Gi', 'silver'))
  await uses(cluster, { persistentvolumeclaims: '2', 'requests.storage': '4Gi', [gold]: '1Gi' })
  await assert.rejects(
    cluster.create(persistentVolumeClaims, claim('c', '1537Mi', 'gold')),
    new RegExp(
      `exceeded quota: q, requested: ${gold}=1537Mi, used: ${gold}=1Gi, limited: ${gold}=2Gi`,
    ),
  )
})

for (const [scope, inside, outside] of [
  ['Terminating', { activeDeadlineSeconds: 60 }, {}],
  ['NotTerminating', {}, { activeDeadlineSeconds: 60 }],
] as const) {
  test(`a quota of the scope ${scope} counts such pods alone`, async () => {
    await using cluster = await withQuota({ pods: '1' }, { scopes: [scope] })
    await cluster.create(pods, pod('a', {}, inside))
    await cluster.create(pods, pod('b', {}, outside))
    await assert.rejects(cluster.create(pods, pod('c', {}, inside)), /exceeded quota/)
    await uses(cluster, { pods: '1' })
  })
}

test('what the API server could not take back is put right by counting anew', async () => {
  await using cluster = await withQuota({ pods: '3' })
  await cluster.create(pods, pod('a'))
  const quota = await cluster.get(resourceQuotas, `${namespace}/q`)
  assert.ok(quota)
  const status = { ...quota.status, used: { pods: '3' } }
  await cluster.client.update(resourceQuotas, { ...quota, status }, { subresource: 'status' })
  await assert.rejects(cluster.create(pods, pod('b')), /exceeded quota/)
  await uses(cluster, { pods: '1' }, 6 * 60_000)
  await cluster.create(pods, pod('b'))
})

test('a Deployment waits for what a quota gives back', async () => {
  await using cluster = await withQuota({ pods: '1' })
  await cluster.create(pods, pod('first'))
  const selector = { matchLabels: { a: 'b' } }
  const template = { metadata: { labels: { a: 'b' } }, spec: pod('x').spec }
  await cluster.create(deployments, {
    metadata: { name: 'd', namespace },
    spec: { replicas: 1, selector, template },
  })
  const failure = async () => {
    const found = await cluster.get(deployments, `${namespace}/d`)
    return found?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
  }
  await cluster.until('the Deployment says so', async () => (await failure())?.status === 'True')
  assert.match(
    (await failure())?.message ?? '',
    /is forbidden: exceeded quota: q, requested: pods=1/,
  )
  await cluster.client.delete(pods, { namespace, name: 'first' })
  await cluster.until(
    'its pod comes',
    async () =>
      (await cluster.list<Pod>(pods, namespace)).some(({ metadata }) => metadata.labels?.a),
    20 * 60_000,
  )
})
