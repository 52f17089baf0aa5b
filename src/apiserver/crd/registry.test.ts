import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resources } from '#api'
import {
  startDefiningServer,
  definedVersion as version,
  definedWidget as widget,
  widgetDefinition,
} from '../crd-fixture.ts'

const path = '/apis/example.com/v1/namespaces/default/widgets'
const names = (items: readonly { metadata: { name: string } }[]) =>
  items.map(({ metadata }) => metadata.name)
const as = (contentType: string) => ({ 'content-type': contentType })

async function withWidgets(...created: readonly string[]) {
  const server = await startDefiningServer()
  await server.define(widgetDefinition())
  for (const name of created) {
    const labels = { first: name.slice(0, 1) }
    await server.send('POST', path, { ...widget(name), metadata: { name, labels } })
  }
  return server
}

describe('custom resources are served as all others:', () => {
  test('lists go on in pages, and select by labels', async () => {
    await using server = await withWidgets('a1', 'a2', 'b1')
    const { send } = server
    const first = await send('GET', `${path}?limit=2`)
    assert.deepEqual(names(first.body.items), ['a1', 'a2'])
    assert.equal(first.body.metadata.remainingItemCount, 1)
    const token = encodeURIComponent(first.body.metadata.continue)
    await send('POST', path, widget('c1'))
    const rest = await send('GET', `${path}?limit=2&continue=${token}`)
    assert.deepEqual(names(rest.body.items), ['b1'], 'of the state that the first page is of')
    const { body } = await send('GET', `/apis/example.com/v1/widgets?labelSelector=first%3Da`)
    assert.deepEqual([body.kind, names(body.items)], ['WidgetList', ['a1', 'a2']])
  })

  test('watches go on from a revision, and from before the kind was served anew', async () => {
    await using server = await withWidgets('a')
    const { send, define, clock } = server
    const { body } = await send('GET', path)
    const from = body.metadata.resourceVersion
    await send('POST', path, widget('b'))
    await send('DELETE', `${path}/a`)
    const seen = async () => {
      const watch = await server.watch(`${path}?watch=true&resourceVersion=${from}`)
      await clock.settle()
      return watch.lines.map((line) => line.replace(/@.*/, ''))
    }
    assert.deepEqual(await seen(), ['ADDED b', 'DELETED a'])
    await define(widgetDefinition([version('v1', { subresources: { status: {} } })]))
    assert.deepEqual(await seen(), ['ADDED b', 'DELETED a'])
  })

  test('metadata alone can be asked for', async () => {
    await using server = await withWidgets('a')
    const accept = {
      accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    }
    const { body } = await server.send('GET', path, undefined, accept)
    assert.equal(body.kind, 'PartialObjectMetadataList')
    assert.deepEqual(Object.keys(body.items[0]), ['kind', 'apiVersion', 'metadata'])
  })

  test('a dry run stores nothing', async () => {
    await using server = await withWidgets('a')
    const { send } = server
    const created = await send('POST', `${path}?dryRun=All`, widget('b'))
    assert.equal(created.status, 201)
    const patch = await send(
      'PATCH',
      `${path}/a?dryRun=All`,
      { spec: { x: 1 } },
      as('application/merge-patch+json'),
    )
    assert.equal(patch.body.spec.x, 1)
    await send('DELETE', `${path}/a?dryRun=All`)
    const { body } = await send('GET', path)
    assert.deepEqual(names(body.items), ['a'])
    assert.equal(body.items[0].spec, undefined)
  })

  test('collections are deleted, as far as selectors say, and finalizers hold what they hold', async () => {
    await using server = await withWidgets('a1', 'a2', 'b1')
    const { send } = server
    const finalizers = ['example.com/hold']
    await send('POST', path, { ...widget('c1'), metadata: { name: 'c1', finalizers } })
    await send('DELETE', `${path}?labelSelector=first%3Da`)
    assert.deepEqual(names((await send('GET', path)).body.items), ['b1', 'c1'])
    await send('DELETE', path)
    const { body } = await send('GET', path)
    assert.deepEqual(names(body.items), ['c1'])
    assert.ok(body.items[0].metadata.deletionTimestamp)
  })

  test('names are drawn, taken names and conflicting revisions refused', async () => {
    await using server = await withWidgets('a')
    const { send } = server
    const drawn = await send('POST', path, { ...widget(''), metadata: { generateName: 'w-' } })
    assert.match(drawn.body.metadata.name, /^w-[a-z0-9]{5}$/)
    const taken = await send('POST', path, widget('a'))
    assert.deepEqual(
      [taken.status, taken.body.message],
      [409, 'widgets.example.com "a" already exists'],
    )
    const { body } = await send('GET', `${path}/a`)
    const metadata = { ...body.metadata, resourceVersion: '1' }
    assert.equal((await send('PUT', `${path}/a`, { ...body, metadata })).status, 409)
    const bad = await send('POST', path, widget('Not_A_Name'))
    assert.match(bad.body.message, /^Widget\.example\.com "Not_A_Name" is invalid: metadata\.name:/)
  })

  test('a version is applied as another one is stored', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    const schema = {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
      },
    }
    const versions = [
      version('v1', { schema, storage: false }),
      version('v2', { schema, storage: true }),
    ]
    await define(widgetDefinition(versions))
    const apply = (more: object) =>
      send(
        'PATCH',
        `${path}/a?fieldManager=one&fieldValidation=Strict`,
        widget('a', more),
        as('application/apply-patch+yaml'),
      )
    const applied = await apply({ spec: { size: 1 } })
    assert.deepEqual([applied.status, applied.body.apiVersion], [201, 'example.com/v1'])
    const unknown = await apply({ spec: { size: 1 }, unknown: 1 })
    assert.match(unknown.body.message, /\.unknown: field not declared in schema/)
  })

  test('kinds are found in OpenAPI by clients of both versions, with lists', async () => {
    await using server = await withWidgets()
    const { body } = await server.send('GET', '/openapi/v2')
    assert.ok(body.definitions['com.example.v1.Widget'])
    assert.ok(body.definitions['com.example.v1.WidgetList'])
    const patch = body.paths['/apis/example.com/v1/namespaces/{namespace}/widgets/{name}'].patch
    assert.ok(!patch.consumes.some((type: string) => type.includes('strategic')))
  })
})

test('rights to custom resources are given as those to others', async () => {
  await using server = await startDefiningServer({ standard: true, resources })
  const { send, define } = server
  await define(widgetDefinition())
  const list = () => send('GET', path, undefined, { 'impersonate-user': 'bob' })
  const refused = await list()
  assert.deepEqual(
    [refused.status, refused.body.message],
    [
      403,
      'widgets.example.com is forbidden: User "bob" cannot list resource "widgets" in API group "example.com" in the namespace "default"',
    ],
  )
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
  const rules = [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['list'] }]
  await send('POST', `${rbac}/roles`, { metadata: { name: 'r' }, rules })
  const apiGroup = 'rbac.authorization.k8s.io'
  await send('POST', `${rbac}/rolebindings`, {
    metadata: { name: 'r' },
    roleRef: { apiGroup, kind: 'Role', name: 'r' },
    subjects: [{ apiGroup, kind: 'User', name: 'bob' }],
  })
  assert.equal((await list()).status, 200)
})

test('a hundred definitions at once are served, each by itself', async () => {
  await using server = await startDefiningServer()
  const { send, api } = server
  const all = Array.from({ length: 100 }, (_, i) => `kind${i}s`)
  await Promise.all(
    all.map((plural, i) =>
      server.define({
        ...widgetDefinition(),
        metadata: { name: `${plural}.example.com` },
        spec: {
          group: 'example.com',
          scope: 'Cluster',
          names: { plural, kind: `Kind${i}` },
          versions: [version('v1')],
        },
      }),
    ),
  )
  assert.equal(api.served.all.filter(({ group }) => group === 'example.com').length, 100)
  const created = await send('POST', '/apis/example.com/v1/kind99s', {
    apiVersion: 'example.com/v1',
    kind: 'Kind99',
    metadata: { name: 'a' },
  })
  assert.equal(created.status, 201)
})
