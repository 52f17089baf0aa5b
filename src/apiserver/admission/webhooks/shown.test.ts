import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  admissionRoot,
  answering,
  configuredWebhook,
  mapsPath,
  startWorld,
} from './webhooks-fixture.ts'

test('an update shows both objects, a deletion the old one to webhooks of both kinds', async () => {
  await using world = await startWorld()
  await world.configure('mutating', 'm', configuredWebhook('m'))
  await world.configure('validating', 'v', configuredWebhook('v'))
  for (const name of ['m', 'v'])
    world.hook(
      name,
      answering(() => ({})),
    )
  await world.create()
  const patch = { 'content-type': 'application/merge-patch+json' }
  await world.server.send('PATCH', `${mapsPath}/c`, { data: { a: '2' } }, patch)
  await world.server.send('DELETE', `${mapsPath}/c`)
  const seen = world.transport.sent.map(({ body: { request } }) => [
    request.operation,
    request.oldObject?.data.a,
    request.object?.data.a,
    request.options.kind,
  ])
  assert.deepEqual(seen, [
    ['CREATE', undefined, '1', 'CreateOptions'],
    ['CREATE', undefined, '1', 'CreateOptions'],
    ['UPDATE', '1', '2', 'UpdateOptions'],
    ['UPDATE', '1', '2', 'UpdateOptions'],
    ['DELETE', '2', undefined, 'DeleteOptions'],
    ['DELETE', '2', undefined, 'DeleteOptions'],
  ])
})

test('configurations of admission are never subject to webhooks', async () => {
  await using world = await startWorld()
  const everything = [
    { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] },
  ]
  await world.configure('validating', 'v', configuredWebhook('nowhere', { rules: everything }))
  await world.configure('mutating', 'm', configuredWebhook('nowhere', { rules: everything }))
  const { status } = await world.server.send(
    'DELETE',
    `${admissionRoot}/validatingwebhookconfigurations/v`,
  )
  assert.equal(status, 200)
  assert.equal(world.transport.sent.length, 0)
})

const conditions: readonly [name: string, expressions: readonly string[], want: number | string][] =
  [
    [
      'that hold',
      ['request.operation == "CREATE"', 'object.data.a == "1"', 'oldObject == null'],
      1,
    ],
    ['of which one is false', ['object.data.b == ""', 'object.data.a != "1"'], 0],
    [
      'of which one fails',
      ['object.data.b == ""', 'true'],
      `configmaps "c" is forbidden: expression 'object.data.b == ""' resulted in error: no such key: b`,
    ],
    ['about the user', ['request.userInfo.groups.exists(g, g == "system:masters")'], 1],
    ['about what the user may', ['authorizer.requestResource.check("delete").allowed()'], 1],
    [
      'about others',
      ['authorizer.serviceAccount("a", "b").group("").resource("pods").check("get").allowed()'],
      0,
    ],
  ]
for (const [name, expressions, want] of conditions) {
  test(`a webhook with conditions ${name} is asked as they say`, async () => {
    await using world = await startWorld()
    const matchConditions = expressions.map((expression, at) => ({ name: `c${at}`, expression }))
    await world.configure('validating', 'v', configuredWebhook('v', { matchConditions }))
    world.hook(
      'v',
      answering(() => ({})),
    )
    const { status, body } = await world.create()
    assert.equal(world.transport.sent.length, typeof want === 'number' ? want : 0)
    if (typeof want === 'number') assert.equal(status, 201)
    else assert.deepEqual([status, body.message], [403, want])
  })
}

test('parts of objects are shown as their own kind, and patched so', async () => {
  await using world = await startWorld()
  const rules = [
    {
      operations: ['UPDATE'],
      apiGroups: ['apps'],
      apiVersions: ['v1'],
      resources: ['deployments/scale'],
    },
  ]
  await world.configure('mutating', 'm', configuredWebhook('m', { rules }))
  world.hook(
    'm',
    answering(() => ({ patch: [{ op: 'replace', path: '/spec/replicas', value: 3 }] })),
  )
  const path = '/apis/apps/v1/namespaces/default/deployments'
  const labels = { app: 'web' }
  await world.server.send('POST', path, {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'b' }] } },
    },
  })
  assert.equal(world.transport.sent.length, 0)
  const patch = { 'content-type': 'application/merge-patch+json' }
  const scaled = await world.server.send(
    'PATCH',
    `${path}/web/scale`,
    { spec: { replicas: 9 } },
    patch,
  )
  assert.equal(scaled.body.spec.replicas, 3)
  const { request } = world.transport.sent[0]?.body ?? {}
  assert.deepEqual(request.kind, { group: 'autoscaling', version: 'v1', kind: 'Scale' })
  assert.deepEqual(
    [request.subResource, request.object.spec.replicas, request.oldObject.spec.replicas],
    ['scale', 9, 1],
  )
})

const labels = { app: 'web' }
const deployment = (apiVersion: string) => ({
  ...{ apiVersion, kind: 'Deployment', metadata: { name: 'web' } },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'b' }] } },
  },
})

test('a webhook sees a request in the version that its rules name, and patches that', async () => {
  await using world = await startWorld()
  const rules = (group: string, version: string) => [
    { operations: ['*'], apiGroups: [group], apiVersions: [version], resources: ['deployments'] },
  ]
  await world.configure('mutating', 'm', configuredWebhook('new', { rules: rules('apps', 'v1') }))
  await world.configure(
    'validating',
    'v',
    configuredWebhook('old', { rules: rules('extensions', 'v1beta1') }),
    configuredWebhook('exact', { rules: rules('apps', 'v1'), matchPolicy: 'Exact' }),
  )
  const replicas = [{ op: 'replace', path: '/spec/replicas', value: 4 }]
  world.hook(
    'new',
    answering(() => ({ patch: replicas })),
  )
  for (const name of ['old', 'exact'])
    world.hook(
      name,
      answering(() => ({})),
    )
  const path = '/apis/extensions/v1beta1/namespaces/default/deployments'
  const made = await world.server.send('POST', path, deployment('extensions/v1beta1'))
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.deepEqual([made.body.apiVersion, made.body.spec.replicas], ['extensions/v1beta1', 4])
  const seen = world.transport.sent.map(({ call: { path: at }, body: { request } }) => [
    at.split('?')[0],
    request.object.apiVersion,
    request.resource.group,
    request.requestResource.group,
  ])
  assert.deepEqual(seen, [
    ['/new', 'apps/v1', 'apps', 'extensions'],
    ['/old', 'extensions/v1beta1', 'extensions', 'extensions'],
  ])
})

test('a webhook is asked about connections and statuses, each as what it is', async () => {
  await using world = await startWorld()
  const resources = ['pods/exec', 'pods/status', 'pods/eviction']
  const rules = [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources }]
  await world.configure('validating', 'v', configuredWebhook('v', { rules }))
  world.hook(
    'v',
    answering(({ request }) => ({ allowed: request.operation !== 'CONNECT' })),
  )
  const { send, api } = world.server
  const pods = '/api/v1/namespaces/default/pods'
  await send('POST', '/api/v1/namespaces/default/serviceaccounts', {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } },
  })
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await send('POST', pods, { apiVersion: 'v1', kind: 'Pod', ...pod })
  const patch = { 'content-type': 'application/merge-patch+json' }
  await send('PATCH', `${pods}/p/status`, { status: { phase: 'Running' } }, patch)
  const query = new URLSearchParams('command=ls&container=c&stdout=true')
  const user = { name: 'admin', groups: ['system:masters'] }
  const request = { method: 'POST', path: `${pods}/p/exec`, query, headers: {}, user } as const
  const connection = await api.connect(request, new AbortController().signal)
  assert.ok(connection.kind === 'response')
  assert.equal(connection.response.status, 400)
  await send('POST', `${pods}/p/eviction`, {
    ...{ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } },
  })
  const seen = world.transport.sent.map(({ body: { request: asked } }) => [
    asked.operation,
    asked.subResource,
    asked.kind.kind,
    asked.object.kind,
    asked.name,
    asked.options?.kind,
  ])
  assert.deepEqual(seen, [
    ['UPDATE', 'status', 'Pod', 'Pod', 'p', 'UpdateOptions'],
    ['CONNECT', 'exec', 'PodExecOptions', 'PodExecOptions', 'p', undefined],
    ['CREATE', 'eviction', 'Eviction', 'Eviction', 'p', 'CreateOptions'],
  ])
  const { object } = world.transport.sent[1]?.body.request ?? {}
  assert.deepEqual([object.command, object.container], [['ls'], 'c'])
})
