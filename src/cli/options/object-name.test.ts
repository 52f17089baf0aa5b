import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseObjectName } from './object-name.ts'

test('an object is named by any name of its type, and only some live in namespaces', () => {
  const web = { resource: 'deployments.apps', namespace: 'shop', name: 'web' }
  for (const type of ['deploy', 'deployment', 'deployments', 'deployments.apps', 'Deployment']) {
    assert.deepEqual(parseObjectName(`${type}/web`, 'shop'), web)
  }
  const node = { resource: 'nodes', namespace: '', name: 'node-1' }
  assert.deepEqual(parseObjectName('no/node-1', 'shop'), node)
})

test('what names no object is refused', () => {
  assert.throws(() => parseObjectName('web', 'default'), /does not name an object/)
  assert.throws(() => parseObjectName('wings/web', 'default'), /no resource type 'wings'/)
})
