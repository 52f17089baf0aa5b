import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConfigMap, configMaps, type Namespace, namespaces } from '#api'
import type { Stored } from '#machinery'
import { alreadyExists } from '#machinery/status'
import { loopOf } from '../shared/loop-fixture.ts'
import { clusterWide, storedObject } from '../shared/objects-fixture.ts'
import { rootCaController } from './controller.ts'

const controller = rootCaController('PEM')
const namespace = (phase: string) =>
  [namespaces, clusterWide<Namespace>('shop', { status: { phase } })] as const
const name = 'kube-root-ca.crt'
function published(data: NonNullable<ConfigMap['data']>, annotations = {}): Stored<ConfigMap> {
  const metadata = { namespace: 'shop', labels: { own: 'yes' }, annotations }
  return storedObject<ConfigMap>(name, { metadata, data })
}

test('every active namespace gets the certificate', async () => {
  const loop = await loopOf(controller, [namespace('Active')])
  const [write, ...others] = (await loop.reconcile('shop')).writes
  assert.deepEqual(others, [])
  assert.equal(write?.what, `create configmaps shop/${name}`)
  const { data, metadata } = (write?.sent ?? {}) as ConfigMap
  assert.deepEqual(data, { 'ca.crt': 'PEM' })
  assert.match(
    metadata?.annotations?.['kubernetes.io/description'] ?? '',
    /^Contains a CA bundle that can be used to verify the kube-apiserver/,
  )
  assert.deepEqual((await loop.reconcile('shop')).writes, [])
})

test('what was changed is put right, and nothing else about it', async () => {
  const described = { 'kubernetes.io/description': 'reworded', more: 'x' }
  const right = { 'ca.crt': 'PEM' }
  for (const held of [
    published({ 'ca.crt': 'another' }, described),
    published({ ...right, more: 'x' }, described),
    published(right, { more: 'x' }),
  ]) {
    const loop = await loopOf(controller, [namespace('Active'), [configMaps, held]])
    const [write] = (await loop.reconcile('shop')).writes
    assert.equal(write?.what, `update configmaps shop/${name}`)
    const { data, metadata } = (write?.sent ?? {}) as ConfigMap
    assert.deepEqual(data, right)
    assert.deepEqual(metadata?.labels, { own: 'yes' })
    assert.equal(metadata?.annotations?.more, 'x')
    assert.match(metadata?.annotations?.['kubernetes.io/description'] ?? '', /^Contains a CA/)
  }
  const loop = await loopOf(controller, [
    namespace('Active'),
    [configMaps, published(right, described)],
  ])
  assert.deepEqual((await loop.reconcile('shop')).writes, [])
})

test('a namespace that leaves gets nothing', async () => {
  const loop = await loopOf(controller, [namespace('Terminating')])
  assert.deepEqual((await loop.reconcile('shop')).writes, [])
  assert.deepEqual((await loop.reconcile('nowhere')).writes, [])
})

test('one that somebody else made just now is looked at when the cache has it', async () => {
  const loop = await loopOf(controller, [namespace('Active')])
  loop.refuse(alreadyExists(configMaps, name))
  await loop.reconcile('shop')
  loop.refuse(new Error('the server is gone'))
  await assert.rejects(loop.reconcile('shop'), /the server is gone/)
})
