import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestServer, type TestServer } from '../server-fixture.ts'

const maps = '/api/v1/namespaces/default/configmaps'

async function create(server: TestServer, name: string, labels: object = {}): Promise<void> {
  const { status } = await server.send('POST', maps, { metadata: { name, labels } })
  assert.equal(status, 201)
}

async function relabel(server: TestServer, name: string, labels: object): Promise<void> {
  await server.send(
    'PATCH',
    `${maps}/${name}`,
    { metadata: { labels } },
    { 'content-type': 'application/merge-patch+json' },
  )
}

describe('watches', () => {
  test('without a resourceVersion begin with what stands', async () => {
    await using server = await startTestServer()
    await create(server, 'a')
    const watch = await server.watch(`${maps}?watch=true`)
    await create(server, 'b')
    await server.send('DELETE', `${maps}/a`)
    await server.clock.settle()
    assert.deepEqual(watch.lines, ['ADDED a@2', 'ADDED b@3', 'DELETED a@4'])
  })

  test('resume after the revision they name, in whatever scope', async () => {
    await using server = await startTestServer()
    await create(server, 'a')
    await create(server, 'b')
    for (const path of [maps, '/api/v1/configmaps']) {
      const watch = await server.watch(`${path}?watch=true&resourceVersion=2`)
      await server.clock.settle()
      assert.deepEqual(watch.lines, ['ADDED b@3'])
      watch.stop()
    }
  })

  test('show an object that enters the selection as added, one that leaves it as removed', async () => {
    await using server = await startTestServer()
    await create(server, 'a', { on: 'no' })
    const watch = await server.watch(`${maps}?watch=true&labelSelector=on%3Dyes&resourceVersion=2`)
    await relabel(server, 'a', { on: 'yes' })
    await relabel(server, 'a', { on: 'yes', more: 'x' })
    await relabel(server, 'a', { on: 'no' })
    await relabel(server, 'a', { on: 'never' })
    await server.clock.settle()
    assert.deepEqual(watch.lines, ['ADDED a@3', 'MODIFIED a@4', 'DELETED a@5'])
    assert.deepEqual(watch.frames[2]?.object.object.metadata?.labels, { on: 'yes', more: 'x' })
  })

  test('of one object by name or by an indexed field get only what concerns them', async () => {
    await using server = await startTestServer()
    const pods = '/api/v1/namespaces/default/pods'
    const onNode = await server.watch('/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dn1')
    const named = await server.watch('/api/v1/pods?watch=1&fieldSelector=metadata.name%3Dy')
    const spec = { containers: [{ name: 'c', image: 'i' }] }
    await server.send('POST', pods, { metadata: { name: 'x' }, spec: { ...spec, nodeName: 'n1' } })
    await server.send('POST', pods, { metadata: { name: 'y' }, spec: { ...spec, nodeName: 'n2' } })
    await server.clock.settle()
    assert.deepEqual(onNode.lines, ['ADDED x@2'])
    assert.deepEqual(named.lines, ['ADDED y@3'])
  })

  test('share their frames', async () => {
    await using server = await startTestServer()
    const [one, other] = [
      await server.watch(`${maps}?watch=1`),
      await server.watch(`${maps}?watch=1`),
    ]
    await create(server, 'a')
    await server.clock.settle()
    assert.equal(one.frames[0], other.frames[0])
  })

  test('that ask for initial events are told where these end', async () => {
    await using server = await startTestServer()
    await create(server, 'a')
    const watch = await server.watch(
      `${maps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    )
    await server.clock.settle()
    assert.deepEqual(watch.lines, ['ADDED a@2', 'BOOKMARK @2'])
    assert.deepEqual(watch.frames[1]?.object.object, {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { resourceVersion: '2', annotations: { 'k8s.io/initial-events-end': 'true' } },
    })
  })

  test('get bookmarks each minute when there is news elsewhere, and one before they time out', async () => {
    await using server = await startTestServer()
    const bookmarked = await server.watch(
      `${maps}?watch=1&resourceVersion=1&allowWatchBookmarks=true&timeoutSeconds=150`,
    )
    const plain = await server.watch(`${maps}?watch=1&resourceVersion=1&timeoutSeconds=150`)
    const elsewhere = (name: string) =>
      server.send('POST', '/api/v1/namespaces', { metadata: { name } })
    await elsewhere('one')
    await server.clock.advance(125_000)
    assert.deepEqual(bookmarked.lines, ['BOOKMARK @2'])
    await elsewhere('two')
    await server.clock.advance(25_000)
    assert.deepEqual(bookmarked.lines, ['BOOKMARK @2', 'BOOKMARK @3'])
    assert.deepEqual(plain.lines, [])
    assert(bookmarked.ended && plain.ended)
  })

  test('that name no end are ended after half an hour to an hour', async () => {
    await using server = await startTestServer()
    const watch = await server.watch(`${maps}?watch=1`)
    await server.clock.advance(1_799_000)
    assert(!watch.ended)
    await server.clock.advance(1_801_000)
    assert(watch.ended)
  })

  test('from before the history that is kept get an error frame', async () => {
    await using server = await startTestServer()
    for (const name of ['a', 'b', 'c']) await create(server, name)
    await using later = await startTestServer({ store: server.store })
    await server.store.compact(3)
    const watch = await later.watch(`${maps}?watch=1&resourceVersion=2`)
    await later.clock.settle()
    assert.equal(watch.frames[0]?.type, 'ERROR')
    assert.deepEqual(watch.frames[0]?.object.object, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'too old resource version: 2 (3)',
      reason: 'Expired',
      code: 410,
    })
    assert(watch.ended)
  })

  test('from before the server started are served from the history of the store', async () => {
    await using server = await startTestServer()
    for (const name of ['a', 'b']) await create(server, name)
    await using later = await startTestServer({ store: server.store })
    const watch = await later.watch(`${maps}?watch=1&resourceVersion=2`)
    await later.clock.settle()
    await create(server, 'c')
    await later.clock.settle()
    assert.deepEqual(watch.lines, ['ADDED b@3', 'ADDED c@4'])
  })

  test('end when the client leaves, and leave nothing behind', async () => {
    await using server = await startTestServer()
    const timers = server.clock.pendingTimers
    const watch = await server.watch(`${maps}?watch=1`)
    watch.stop()
    await server.clock.settle()
    assert(watch.ended)
    assert.equal(server.clock.pendingTimers, timers)
  })

  test('refuse options that make no sense together', async () => {
    await using server = await startTestServer()
    const { status, body } = await server.send('GET', `${maps}?watch=1&sendInitialEvents=true`)
    assert.equal(status, 422)
    assert.equal(
      body.message,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    )
  })
})
