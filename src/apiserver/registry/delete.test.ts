import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestServer, type TestServer } from '../server-fixture.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const pods = '/api/v1/namespaces/default/pods'
const merge = { 'content-type': 'application/merge-patch+json' }

async function withPod(extra: object = { nodeName: 'n1' }): Promise<TestServer> {
  const server = await startTestServer()
  const spec = { containers: [{ name: 'c', image: 'nginx' }], ...extra }
  await server.send('POST', pods, { metadata: { name: 'p' }, spec })
  return server
}

function deletionOf({ metadata }: { metadata: Record<string, unknown> }) {
  const { deletionTimestamp, deletionGracePeriodSeconds, generation, finalizers } = metadata
  return { deletionTimestamp, deletionGracePeriodSeconds, generation, finalizers }
}

describe('deletes', () => {
  test('answer with a Status once the object is gone, and with the pod itself for pods', async () => {
    await using server = await withPod({})
    const { body: created } = await server.send('POST', maps, { metadata: { name: 'a' } })
    const deleted = await server.send('DELETE', `${maps}/a`)
    assert.deepEqual(deleted.body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: created.metadata.uid },
    })
    const pod = await server.send('DELETE', `${pods}/p`)
    assert.equal(pod.body.kind, 'Pod')
    assert.equal((await server.send('GET', `${pods}/p`)).status, 404)
  })

  test('of a running pod give it its grace, which a later delete may only shorten', async () => {
    await using server = await withPod()
    const first = await server.send('DELETE', `${pods}/p`)
    assert.equal(first.status, 200)
    assert.deepEqual(deletionOf(first.body), {
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
      generation: 2,
      finalizers: undefined,
    })
    await server.clock.advance(2_000)
    const longer = await server.send('DELETE', `${pods}/p`, { gracePeriodSeconds: 40 })
    assert.equal(longer.body.metadata.resourceVersion, first.body.metadata.resourceVersion)
    const shorter = await server.send('DELETE', `${pods}/p?gracePeriodSeconds=5`)
    assert.deepEqual(deletionOf(shorter.body), {
      deletionTimestamp: '2026-01-01T00:00:05Z',
      deletionGracePeriodSeconds: 5,
      generation: 2,
      finalizers: undefined,
    })
  })

  test('that shorten a grace which is over by then leave one second, from now', async () => {
    await using server = await withPod()
    await server.send('DELETE', `${pods}/p`)
    await server.clock.advance(20_000)
    const { body } = await server.send('DELETE', `${pods}/p`, { gracePeriodSeconds: 5 })
    assert.equal(body.metadata.deletionTimestamp, '2026-01-01T00:00:20Z')
    assert.equal(body.metadata.deletionGracePeriodSeconds, 1)
    const none = await server.send('DELETE', `${pods}/p`, { gracePeriodSeconds: 0 })
    assert.equal(none.body.metadata.deletionGracePeriodSeconds, 0)
    assert.equal((await server.send('GET', `${pods}/p`)).status, 404)
  })

  test('without grace are seen as a mark and then as the removal', async () => {
    await using server = await withPod()
    const watch = await server.watch(`${pods}?watch=1&resourceVersion=2`)
    await server.send('DELETE', `${pods}/p`, { gracePeriodSeconds: 0 })
    await server.clock.settle()
    assert.deepEqual(watch.lines, ['MODIFIED p@3', 'DELETED p@4'])
    assert.equal(watch.frames[1]?.object.object.metadata?.deletionGracePeriodSeconds, 0)
  })

  test('take a negative grace period for one second', async () => {
    await using server = await withPod()
    const { body } = await server.send('DELETE', `${pods}/p`, { gracePeriodSeconds: -5 })
    assert.equal(body.metadata.deletionGracePeriodSeconds, 1)
  })

  test('take options of the wrong type for a bad request, and leave out null', async () => {
    await using server = await withPod()
    const { status, body } = await server.send('DELETE', `${pods}/p`, { dryRun: 'All' })
    assert.equal(status, 400)
    assert.equal(
      body.message,
      'json: cannot unmarshal string into Go struct field DeleteOptions.dryRun of type []string',
    )
    const odd = { dryRun: null, propagationPolicy: 'Background', gracePeriodSeconds: 0 }
    assert.equal((await server.send('DELETE', `${pods}/p`, odd)).status, 200)
    assert.equal((await server.send('GET', `${pods}/p`)).status, 404)
  })

  test('wait for finalizers, and are carried out when the last one goes', async () => {
    await using server = await startTestServer()
    await server.send('POST', maps, { metadata: { name: 'a', finalizers: ['x/y'] } })
    const marked = await server.send('DELETE', `${maps}/a`)
    assert.equal(marked.body.kind, 'ConfigMap')
    assert.deepEqual(deletionOf(marked.body), {
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
      generation: undefined,
      finalizers: ['x/y'],
    })
    const again = await server.send('DELETE', `${maps}/a`)
    assert.equal(again.body.metadata.resourceVersion, marked.body.metadata.resourceVersion)
    const more = await server.send(
      'PATCH',
      `${maps}/a`,
      { metadata: { finalizers: ['x/y', 'z/z'] } },
      merge,
    )
    assert.equal(more.status, 422)
    const emptied = await server.send(
      'PATCH',
      `${maps}/a`,
      { metadata: { finalizers: null } },
      merge,
    )
    assert.equal(emptied.status, 200)
    assert.equal((await server.send('GET', `${maps}/a`)).status, 404)
  })

  const policies: readonly (readonly [
    options: object,
    finalizers: readonly string[] | undefined,
    status: number,
  ])[] = [
    [{ propagationPolicy: 'Foreground' }, ['foregroundDeletion'], 200],
    [{ propagationPolicy: 'Orphan' }, ['orphan'], 200],
    [{ orphanDependents: true }, ['orphan'], 200],
    [{ propagationPolicy: 'Background' }, undefined, 200],
    [{}, undefined, 200],
  ]
  for (const [options, finalizers, status] of policies) {
    test(`with ${JSON.stringify(options)} leave ${finalizers?.join() ?? 'nothing'}`, async () => {
      await using server = await startTestServer()
      await server.send('POST', maps, { metadata: { name: 'a' } })
      const deleted = await server.send('DELETE', `${maps}/a`, options)
      assert.equal(deleted.status, status)
      const left = await server.send('GET', `${maps}/a`)
      assert.deepEqual(left.body.metadata.finalizers, finalizers)
    })
  }

  test('say Accepted where a client that wants no orphans has to wait', async () => {
    await using server = await startTestServer()
    await server.send('POST', maps, { metadata: { name: 'a', finalizers: ['x/y'] } })
    const { status } = await server.send('DELETE', `${maps}/a`, { orphanDependents: false })
    assert.equal(status, 202)
  })

  test('of a namespace set it terminating until its own finalizer is gone', async () => {
    await using server = await startTestServer()
    await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'n' } })
    const { body } = await server.send('DELETE', '/api/v1/namespaces/n')
    assert.equal(body.status.phase, 'Terminating')
    assert.equal(body.metadata.deletionTimestamp, '2026-01-01T00:00:00Z')
    assert.equal(body.metadata.deletionGracePeriodSeconds, undefined)
    const finalized = await server.send('PUT', '/api/v1/namespaces/n/finalize', {
      ...body,
      spec: { finalizers: [] },
    })
    assert.equal(finalized.status, 200)
    assert.equal((await server.send('GET', '/api/v1/namespaces/n')).status, 404)
  })

  test('of a collection take what the selector matches, and answer with it', async () => {
    await using server = await startTestServer()
    for (const name of ['a', 'b', 'c']) {
      const labels = { keep: name === 'b' ? 'yes' : 'no' }
      await server.send('POST', maps, { metadata: { name, labels } })
    }
    const deleted = await server.send('DELETE', `${maps}?labelSelector=keep=no`)
    assert.equal(deleted.body.kind, 'ConfigMapList')
    assert.equal(deleted.body.items.length, 2)
    const { body } = await server.send('GET', maps)
    assert.deepEqual(
      body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
      ['b'],
    )
  })
})

test('a namespace that only finalizers of its metadata hold is terminating', async () => {
  await using server = await startTestServer()
  const all = '/api/v1/namespaces'
  const metadata = { name: 'held', finalizers: ['example.com/hold'] }
  await server.send('POST', all, { metadata })
  const { body: own } = await server.send('GET', `${all}/held`)
  await server.send('PUT', `${all}/held/finalize`, { ...own, spec: { finalizers: [] } })
  const { body } = await server.send('DELETE', `${all}/held`)
  assert.equal(body.status.phase, 'Terminating')
  const stored = await server.send('GET', `${all}/held`)
  assert.equal(stored.body.status.phase, 'Terminating')
  assert.ok(stored.body.metadata.deletionTimestamp)
  const merge = { 'content-type': 'application/merge-patch+json' }
  await server.send('PATCH', `${all}/held`, { metadata: { finalizers: null } }, merge)
  assert.equal((await server.send('GET', `${all}/held`)).status, 404)
})

test('a namespace that nothing holds is terminating first, and goes with the next delete', async () => {
  await using server = await startTestServer()
  const path = '/api/v1/namespaces/n'
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'n' } })
  const { body: own } = await server.send('GET', path)
  await server.send('PUT', `${path}/finalize`, { ...own, spec: { finalizers: [] } })
  const first = await server.send('DELETE', path)
  assert.deepEqual([first.status, first.body.status.phase], [200, 'Terminating'])
  assert.equal((await server.send('GET', path)).body.status.phase, 'Terminating')
  const second = await server.send('DELETE', path)
  assert.deepEqual([second.status, second.body.status], [200, 'Success'])
  assert.equal((await server.send('GET', path)).status, 404)
})
