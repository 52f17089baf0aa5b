import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Namespace, namespaces, serviceAccounts } from '#api'
import { alreadyExists } from '#machinery/status'
import { loopOf } from '../shared/loop-fixture.ts'
import { clusterWide, storedObject } from '../shared/objects-fixture.ts'
import { serviceAccountController } from './controller.ts'

const namespace = (phase: string) =>
  [namespaces, clusterWide<Namespace>('shop', { status: { phase } })] as const
const account = (name: string) =>
  [serviceAccounts, storedObject(name, { metadata: { namespace: 'shop' } })] as const

test('an active namespace without it gets its default account', async () => {
  const loop = await loopOf(serviceAccountController, [namespace('Active'), account('other')])
  const { writes } = await loop.reconcile('shop')
  assert.deepEqual(writes, [
    {
      what: 'create serviceaccounts shop/default',
      sent: { metadata: { name: 'default', namespace: 'shop' } },
    },
  ])
  assert.deepEqual((await loop.reconcile('shop')).writes, [], 'it is there now')
  loop.remove(serviceAccounts, 'shop/default')
  assert.equal((await loop.reconcile('shop')).writes.length, 1, 'it comes back')
})

test('one that leaves, or is gone, does not', async () => {
  const loop = await loopOf(serviceAccountController, [namespace('Terminating')])
  assert.deepEqual((await loop.reconcile('shop')).writes, [])
  assert.deepEqual((await loop.reconcile('nowhere')).writes, [])
})

test('an account that somebody else made just now is as good', async () => {
  const loop = await loopOf(serviceAccountController, [namespace('Active')])
  loop.refuse(alreadyExists(serviceAccounts, 'default'))
  await loop.reconcile('shop')
  loop.refuse(new Error('the server is gone'))
  await assert.rejects(loop.reconcile('shop'), /the server is gone/)
})
