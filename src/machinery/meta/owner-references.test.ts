import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stored } from './object.ts'
import { controllerOf, controllerReference, ownerReference } from './owner-references.ts'
import type { Column, ResourceRef } from './resource.ts'
import { ageOf, tableOf } from './table.ts'

const kind: ResourceRef = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  scope: 'Namespaced',
}

function stored(name: string, uid: string): Stored {
  const creationTimestamp = '1970-01-01T00:00:00Z'
  return {
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name, uid, resourceVersion: '1', creationTimestamp },
  }
}

test('a controller is recognised by its uid', () => {
  const owner = stored('web', 'u1')
  const reference = controllerReference(owner, kind)
  assert.deepEqual(reference, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'web',
    uid: 'u1',
    controller: true,
    blockOwnerDeletion: true,
  })
  const other = ownerReference(stored('other', 'u2'), kind)
  const owned = { metadata: { ownerReferences: [other, reference] } }
  assert.equal(controllerOf(owned), reference)
})

test('a table has a row for each object, and no more of it than asked for', () => {
  const columns: readonly Column[] = [
    { name: 'Name', type: 'string', format: 'name', value: (object) => object.metadata.name },
    {
      name: 'Age',
      type: 'string',
      priority: 1,
      value: (object, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs),
    },
  ]
  const object = stored('a', 'u')
  const table = (includeObject: 'None' | 'Metadata' | 'Object', withoutDefinitions = false) =>
    tableOf(columns, [object], {
      nowMs: 184_000,
      metadata: { resourceVersion: '5' },
      includeObject,
      withoutDefinitions,
    })
  assert.deepEqual(table('None'), {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '5' },
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 },
      { name: 'Age', type: 'string', format: '', description: '', priority: 1 },
    ],
    rows: [{ cells: ['a', '3m4s'] }],
  })
  assert.deepEqual(table('Metadata').rows[0]?.object, {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata,
  })
  assert.equal(table('Object').rows[0]?.object, object)
  assert.deepEqual(table('None', true).columnDefinitions, [])
  assert.equal(ageOf(undefined, 0), '<unknown>')
  assert.equal(ageOf('soon', 0), '<unknown>')
})
