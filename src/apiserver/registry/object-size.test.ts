import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { createMemoryStore } from '#store'
import { startTestServer } from '../server-fixture.ts'

const path = '/api/v1/namespaces/default/configmaps'
const tooLarge = { code: 500, message: 'etcdserver: request is too large' }

function configMap(bytes: number) {
  return { metadata: { name: 'a' }, data: { text: 'x'.repeat(bytes) } }
}

async function smallServer() {
  const clock = createVirtualClock()
  return await startTestServer({ store: createMemoryStore({ clock, maxRequestBytes: 5_000 }) })
}

test('an object larger than the store takes is refused as etcd refuses it', async () => {
  await using server = await smallServer()
  const refused = await server.send('POST', path, configMap(6_000))
  assert.equal(refused.status, 500)
  assert.deepEqual({ code: refused.body.code, message: refused.body.message }, tooLarge)
  assert.equal((await server.send('GET', `${path}/a`)).status, 404)
})

test('so is one that a patch would make too large, and it stays as it was', async () => {
  await using server = await smallServer()
  const created = await server.send('POST', path, configMap(10))
  assert.equal(created.status, 201)
  const patch = { data: { more: 'x'.repeat(6_000) } }
  const headers = { 'content-type': 'application/merge-patch+json' }
  const refused = await server.send('PATCH', `${path}/a`, patch, headers)
  assert.deepEqual({ code: refused.body.code, message: refused.body.message }, tooLarge)
  assert.deepEqual((await server.send('GET', `${path}/a`)).body.data, { text: 'x'.repeat(10) })
})

test('who owns which fields is given up before an object is refused for its size', async () => {
  await using server = await smallServer()
  const keys = Array.from({ length: 100 }, (_, i): [string, string] => [`key-number-${i}`, 'x'])
  const created = await server.send('POST', path, {
    metadata: { name: 'a' },
    data: Object.fromEntries(keys.concat([['rest', 'x'.repeat(1_200)]])),
  })
  assert.equal(created.status, 201)
  assert.equal(created.body.metadata.managedFields, undefined)
})
