import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer, type TestServer } from '../server-fixture.ts'

const path = '/api/v1/namespaces/default/configmaps'
const long = 'x'.repeat(200_000)
const merge = { 'content-type': 'application/merge-patch+json' }

/** Whether a write is answered without anybody else having had a turn. */
async function isAnsweredAtOnce(server: TestServer, sent: Promise<unknown>): Promise<boolean> {
  let isAnswered = false
  const answered = sent.then(() => {
    isAnswered = true
  })
  for (let hop = 0; hop < 200; hop++) await Promise.resolve()
  const found = isAnswered
  await server.clock.settle()
  await answered
  return found
}

test('a long write gives way to others, a short one does not wait', async () => {
  await using server = await startTestServer()
  const short = server.send('POST', path, { metadata: { name: 'a' }, data: { a: 'b' } })
  assert.equal(await isAnsweredAtOnce(server, short), true)
  const writes: readonly (() => Promise<{ readonly status: number }>)[] = [
    () => server.send('POST', path, { metadata: { name: 'b' }, data: { long } }),
    () => server.send('PUT', `${path}/b`, { metadata: { name: 'b' }, data: { more: long } }),
    () => server.send('PATCH', `${path}/b`, { data: { long } }, merge),
    () =>
      server.send(
        'PATCH',
        `${path}/b?fieldManager=a&force=true`,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, data: { applied: long } },
        { 'content-type': 'application/apply-patch+yaml' },
      ),
  ]
  for (const write of writes) {
    const sent = write()
    assert.equal(await isAnsweredAtOnce(server, sent), false)
    assert.ok((await sent).status < 300)
  }
})

test('what others write in the turns of a long write is not lost', async () => {
  await using server = await startTestServer()
  await server.send('POST', path, { metadata: { name: 'a' }, data: { a: '1' } })
  const sent = server.send('PATCH', `${path}/a`, { data: { long } }, merge)
  await Promise.resolve()
  const other = await server.send('PATCH', `${path}/a`, { data: { other: '2' } }, merge)
  assert.equal(other.status, 200)
  await server.clock.settle()
  assert.deepEqual((await sent).body.data, { a: '1', long, other: '2' })
})

test('a long write of one revision conflicts with what others write in its turns', async () => {
  await using server = await startTestServer()
  const { body } = await server.send('POST', path, { metadata: { name: 'a' }, data: { a: '1' } })
  const sent = server.send('PUT', `${path}/a`, { ...body, data: { long } })
  await Promise.resolve()
  await server.send('PATCH', `${path}/a`, { data: { other: '2' } }, merge)
  await server.clock.settle()
  assert.equal((await sent).status, 409)
})
