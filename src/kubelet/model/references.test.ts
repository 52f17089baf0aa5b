import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, secrets } from '#api'
import type { KubeObject, ResourceRef } from '#machinery'
import { notFound } from '#machinery/status'
import { createReferences } from './references.ts'

function references(get: (resource: ResourceRef, name: string) => KubeObject) {
  return createReferences({
    client: {
      get: async (resource: ResourceRef, { name }: { name: string }) => get(resource, name),
    },
    informers: { informer: () => ({ list: () => [] }) },
  } as never)
}

test('an object that is missing is named by its kind, as the kubelet of upstream does', async () => {
  const none = references((resource, name) => {
    throw notFound(resource, name)
  })
  await assert.rejects(none.configMap('default', 'a'), { message: 'configmap "a" not found' })
  await assert.rejects(none.secret('default', 'a'), { message: 'secret "a" not found' })
})

test('what is not watched is read, and other failures stay as they are', async () => {
  const asked: unknown[] = []
  const some = references((resource, name) => {
    asked.push(resource)
    if (resource === secrets) throw new Error('forbidden')
    return { metadata: { name } } as KubeObject
  })
  assert.equal((await some.configMap('default', 'a')).metadata.name, 'a')
  await assert.rejects(some.secret('default', 'a'), { message: 'forbidden' })
  assert.deepEqual(asked, [configMaps, secrets])
})
