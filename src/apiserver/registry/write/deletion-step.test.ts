import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bindingActions } from '../../actions/binding.ts'
import type { Admission } from '../../admission/admission.ts'
import { startTestServer } from '../../server-fixture.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const pods = '/api/v1/namespaces/default/pods'
const merge = { 'content-type': 'application/merge-patch+json' }

/** A plugin that makes every update look as if the object had been deleted already. */
const marksDeleted: Admission = {
  name: 'MarksDeleted',
  handles: ({ verb }) => verb === 'update',
  mutate: ({ object }) => ({
    ...object,
    metadata: {
      ...object.metadata,
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
    },
  }),
}

describe('an update of what nobody has deleted', () => {
  test('does not remove it, whatever a plugin says of its deletion', async () => {
    await using server = await startTestServer({ admission: [marksDeleted] })
    await server.send('POST', maps, { metadata: { name: 'a' } })
    const { status, body } = await server.send('PATCH', `${maps}/a`, { data: { x: '1' } }, merge)
    assert.equal(status, 200)
    assert.deepEqual(body.data, { x: '1' })
    assert.equal((await server.send('GET', `${maps}/a`)).status, 200)
  })

  test('does not remove it when an action makes it either', async () => {
    await using server = await startTestServer({
      admission: [marksDeleted],
      actions: bindingActions,
    })
    const spec = { containers: [{ name: 'c', image: 'nginx' }] }
    await server.send('POST', pods, { metadata: { name: 'p' }, spec })
    const bound = await server.send('POST', `${pods}/p/binding`, { target: { name: 'n1' } })
    assert.equal(bound.status, 201)
    const { status, body } = await server.send('GET', `${pods}/p`)
    assert.equal(status, 200)
    assert.equal(body.spec.nodeName, 'n1')
  })
})

test('an update that takes the last finalizer answers with the object as it was updated', async () => {
  await using server = await startTestServer()
  await server.send('POST', maps, { metadata: { name: 'a', finalizers: ['x/y'] } })
  await server.send('DELETE', `${maps}/a`)
  const update = { metadata: { name: 'a', finalizers: null }, data: { last: 'word' } }
  const { status, body } = await server.send('PUT', `${maps}/a`, update)
  assert.equal(status, 200)
  assert.equal(body.metadata.finalizers, undefined)
  assert.deepEqual(body.data, { last: 'word' })
  assert.equal((await server.send('GET', `${maps}/a`)).status, 404)
})
