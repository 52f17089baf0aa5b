import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiProtobuf } from '#api'
import { createVirtualClock } from '#lib'
import { createMemoryStore } from '#store'
import { bodyBytesOf, startTestServer } from '../server-fixture.ts'
import { statusesOfComponents } from './component-statuses.ts'

const path = '/api/v1/componentstatuses'
const components = [
  { name: 'controller-manager', check: () => 'controller-manager is not running' },
  { name: 'scheduler', check: () => undefined },
]

test('parts of the control plane say how they are, with a warning that the kind is on its way out', async () => {
  await using server = await startTestServer({ components })
  const { body, warnings } = await server.send('GET', path)
  assert.deepEqual(body, {
    kind: 'ComponentStatusList',
    apiVersion: 'v1',
    metadata: {},
    items: [
      {
        kind: 'ComponentStatus',
        apiVersion: 'v1',
        metadata: { name: 'controller-manager' },
        conditions: [
          { type: 'Healthy', status: 'False', message: 'controller-manager is not running' },
        ],
      },
      ...['scheduler', 'etcd-0'].map((name) => ({
        kind: 'ComponentStatus',
        apiVersion: 'v1',
        metadata: { name },
        conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
      })),
    ],
  })
  assert.deepEqual(warnings, ['v1 ComponentStatus is deprecated in v1.19+'])
  const one = await server.send('GET', `${path}/scheduler`)
  assert.deepEqual(one.body, body.items[1])
  const selected = `${path}?fieldSelector=metadata.name%3Detcd-0`
  assert.equal((await server.send('GET', selected)).body.items.length, 1)
  const protobuf = { accept: 'application/vnd.kubernetes.protobuf' }
  const { response } = await server.send('GET', path, undefined, protobuf)
  assert.equal(apiProtobuf.decode(bodyBytesOf(response.body)).kind, 'ComponentStatusList')
})

test('they are shown in the columns of upstream, and none can be written or watched', async () => {
  await using server = await startTestServer({ components })
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
  const { body } = await server.send('GET', path, undefined, table)
  assert.deepEqual(
    body.rows.map(({ cells }: { cells: unknown }) => cells),
    [
      ['controller-manager', 'Unhealthy', 'controller-manager is not running', ''],
      ['scheduler', 'Healthy', 'ok', ''],
      ['etcd-0', 'Healthy', 'ok', ''],
    ],
  )
  const missing = await server.send('GET', `${path}/other`)
  assert.deepEqual(
    [missing.status, missing.body.message],
    [404, 'componentstatus "other" not found'],
  )
  assert.equal((await server.send('POST', path, { metadata: { name: 'a' } })).status, 405)
  assert.equal((await server.send('DELETE', `${path}/scheduler`)).status, 405)
})

test('a store that breaks is not well', async () => {
  const clock = createVirtualClock()
  await using store = createMemoryStore({ clock })
  let isBroken = false
  const currentRevision = async () => {
    if (isBroken) throw new Error('no connection')
    return store.currentRevision()
  }
  await using server = await startTestServer({ store: { ...store, currentRevision } })
  isBroken = true
  const { body } = await server.send('GET', `${path}/etcd-0`)
  assert.deepEqual(body.conditions, [
    { type: 'Healthy', status: 'False', error: 'Error: no connection' },
  ])
})

test('a part that says nothing for twenty seconds is not well', async () => {
  const clock = createVirtualClock()
  const asked = statusesOfComponents(
    [{ name: 'etcd-0', check: () => new Promise(() => {}) }],
    clock,
  )
  await clock.advance(20_000)
  const [status] = await asked
  assert.deepEqual(status?.conditions, [
    { type: 'Healthy', status: 'False', message: 'no answer in time' },
  ])
})
