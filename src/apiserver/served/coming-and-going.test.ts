import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configMaps } from '#api'
import type { Resource } from '#machinery'
import { startTestServer } from '../server-fixture.ts'
import { widgets, widgetsViewing } from './served-fixture.ts'

const path = '/apis/example.com/v1/namespaces/default/widgets'
const aggregated = {
  accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
}

function widget(name: string, more: object = {}) {
  const metadata = { name, namespace: 'default' }
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata, ...more }
}

/** A server without most kinds, which come and go quickly. */
const few = { resources: [configMaps] as unknown as readonly Resource[] }

describe('a kind that comes to a running server', () => {
  test('is served with all that a built-in kind has, and is gone with its watches', async () => {
    await using server = await startTestServer(few)
    const { send, api, clock } = server
    assert.equal((await send('GET', path)).status, 404)
    const kinds = await api.served.add([widgets()])
    assert.equal((await send('POST', path, widget('a'))).status, 201)
    const watch = await server.watch(`${path}?watch=true&resourceVersion=0`)
    const applied = await send(
      'PATCH',
      `${path}/a?fieldManager=me`,
      JSON.stringify(widget('a', { data: { size: '3' } })),
      { 'content-type': 'application/apply-patch+yaml' },
    )
    assert.equal(applied.status, 200)
    const mine = applied.body.metadata.managedFields.find((each: Json) => each.manager === 'me')
    assert.deepEqual(
      [mine.manager, mine.operation, mine.apiVersion],
      ['me', 'Apply', 'example.com/v1'],
    )
    assert.deepEqual(mine.fieldsV1, { 'f:data': { 'f:size': {} } })
    await clock.settle()
    assert.deepEqual(
      watch.lines.map((line) => line.split('@')[0]),
      ['ADDED a', 'MODIFIED a'],
    )
    const metrics = await send('GET', '/metrics')
    assert.match(metrics.body, /apiserver_storage_objects\{resource="widgets\.example\.com"\} 1/)

    kinds[Symbol.dispose]()
    await clock.settle()
    assert.ok(watch.ended)
    for (const at of [path, `${path}/a`, '/apis/example.com', '/apis/example.com/v1']) {
      assert.equal((await send('GET', at)).status, 404, at)
    }
    assert.equal((await send('POST', path, widget('b'))).status, 404)
    assert.doesNotMatch((await send('GET', '/metrics')).body, /objects\{resource="widgets/)
  })

  test('finds what the store holds of it, from an earlier time as well', async () => {
    await using server = await startTestServer(few)
    const { send, api } = server
    const first = await api.served.add([widgets()])
    await send('POST', path, widget('kept'))
    first[Symbol.dispose]()
    await using other = await startTestServer({ ...few, store: server.store })
    await other.api.served.add([widgets()])
    await api.served.add([widgets()])
    for (const each of [server, other]) {
      const { body } = await each.send('GET', path)
      assert.deepEqual(
        body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
        ['kept'],
      )
    }
  })

  test('misses nothing that is written while its cache is filled', async () => {
    await using writer = await startTestServer(few)
    await writer.api.served.add([widgets()])
    await using other = await startTestServer({ ...few, store: writer.store })
    for (const name of ['a', 'b']) await writer.send('POST', path, widget(name))
    const coming = other.api.served.add([widgets()])
    for (const name of ['c', 'd', 'e']) await writer.send('POST', path, widget(name))
    await writer.send('DELETE', `${path}/a`)
    await coming
    const { body } = await other.send('GET', path)
    const names = body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)
    assert.deepEqual(names, ['b', 'c', 'd', 'e'])
  })

  test('shows in discovery of both forms at once, with another tag, and goes again', async () => {
    await using server = await startTestServer(few)
    const { send, api } = server
    const groups = async () => {
      const plain = await send('GET', '/apis')
      const whole = await send('GET', '/apis', undefined, aggregated)
      const names = [plain.body.groups, whole.body.items.map((each: Json) => each.metadata)]
      return {
        names: names.map((all: Json[]) => all.map(({ name }) => name)),
        tag: whole.headers.etag,
      }
    }
    const before = await groups()
    assert.deepEqual(before.names, [[], []])
    const kinds = await api.served.add([widgets()])
    const during = await groups()
    assert.deepEqual(during.names, [['example.com'], ['example.com']])
    assert.notEqual(during.tag, before.tag)
    const { body } = await send('GET', '/apis/example.com/v1')
    assert.deepEqual([body.resources[0].name, body.resources[0].shortNames], ['widgets', ['wd']])
    assert.ok((await send('GET', '/')).body.paths.includes('/apis/example.com/v1'))
    const same = await send('GET', '/apis', undefined, {
      ...aggregated,
      'if-none-match': during.tag ?? '',
    })
    assert.deepEqual([same.status, same.response.headers.etag], [304, during.tag])
    kinds[Symbol.dispose]()
    assert.deepEqual(await groups(), before)
  })

  test('shows in OpenAPI of both versions; documents of other groups stay as they are', async () => {
    await using server = await startTestServer(few)
    const { send, api } = server
    const v2 = () => send('GET', '/openapi/v2')
    const v3 = async () => (await send('GET', '/openapi/v3')).body.paths
    const [v2Before, v3Before] = [await v2(), await v3()]
    const kinds = await api.served.add([widgets()])
    const [v2During, v3During] = [await v2(), await v3()]
    assert.notEqual(v2During.headers.etag, v2Before.headers.etag)
    assert.ok(v2During.body.definitions['com.example.v1.Widget'])
    assert.deepEqual(
      v2During.body.paths[`${path.replace('default', '{namespace}')}/{name}`].patch.consumes,
      [
        'application/json-patch+json',
        'application/merge-patch+json',
        'application/apply-patch+yaml',
      ],
    )
    assert.deepEqual(v3During['api/v1'], v3Before['api/v1'])
    const { body } = await send('GET', '/openapi/v3/apis/example.com/v1')
    const { schemas } = body.components
    const gvk = { group: 'example.com', kind: 'Widget', version: 'v1' }
    assert.deepEqual(schemas['com.example.v1.Widget']['x-kubernetes-group-version-kind'], [gvk])
    assert.ok(schemas['com.example.v1.WidgetList'].properties.items)
    kinds[Symbol.dispose]()
    assert.equal((await v2()).headers.etag, v2Before.headers.etag)
    assert.deepEqual(await v3(), v3Before)
    assert.equal((await send('GET', '/openapi/v3/apis/example.com/v1')).status, 404)
  })

  test('may have several versions over one storage, of which a stored one need not be served', async () => {
    await using server = await startTestServer(few)
    const { send, api, clock } = server
    const stored = widgets('v1alpha1', { isStorageOnly: true })
    const kinds = await api.served.add([stored, widgetsViewing(stored, 'v1')])
    assert.equal((await send('POST', path, widget('a'))).status, 201)
    const { body } = await send('GET', `${path}/a`)
    assert.equal(body.apiVersion, 'example.com/v1')
    const old = path.replace('v1', 'v1alpha1')
    assert.equal((await send('GET', `${old}/a`)).status, 404)
    const query =
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    const watch = await server.watch(`${path}?watch=true&${query}`)
    await clock.settle()
    const shown = watch.frames.map(({ type, object }) => [type, object.object.apiVersion])
    assert.deepEqual(shown, [
      ['ADDED', 'example.com/v1'],
      ['BOOKMARK', 'example.com/v1'],
    ])
    const beta1 = widgetsViewing(stored, 'v1beta1')
    await kinds.replace([stored, widgetsViewing(stored, 'v1'), beta1])
    await clock.settle()
    assert.ok(watch.ended)
    const beta = await send('GET', `${path.replace('v1', 'v1beta1')}/a`)
    assert.deepEqual([beta.status, beta.body.apiVersion], [200, 'example.com/v1beta1'])
  })

  test('takes neither protobuf nor strategic merge patches when it is a custom resource', async () => {
    await using server = await startTestServer(few)
    const { send, api } = server
    await api.served.add([widgets()])
    await send('POST', path, widget('a'))
    const as = (contentType: string) => ({ 'content-type': contentType })
    const patched = await send(
      'PATCH',
      `${path}/a`,
      {},
      as('application/strategic-merge-patch+json'),
    )
    assert.equal(patched.status, 415)
    assert.doesNotMatch(patched.body.message, /strategic/)
    const posted = await send('POST', path, widget('b'), as('application/vnd.kubernetes.protobuf'))
    assert.equal(posted.status, 415)
    const only = { accept: 'application/vnd.kubernetes.protobuf' }
    assert.equal((await send('GET', `${path}/a`, undefined, only)).status, 406)
    const either = { accept: 'application/vnd.kubernetes.protobuf,application/json' }
    assert.equal((await send('GET', `${path}/a`, undefined, either)).body.kind, 'Widget')
  })
})

// biome-ignore lint/suspicious/noExplicitAny: answers have every shape
type Json = any
