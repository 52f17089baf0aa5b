import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Lease, Node } from '#api'
import type { ResourceRef, Stored } from '#machinery'
import { conflict, notFound } from '#machinery/status'
import { testWorld } from '../model/kubelet-fixture.ts'
import { createHeartbeat } from './lease.ts'

const leases = { group: 'coordination.k8s.io', plural: 'leases' }

const nodeWithUid = (uid: string) => ({ metadata: { name: 'node-1', uid } }) as Stored<Node>

/** An API that holds one lease, and a note of what is asked of it. */
function leaseApi() {
  const asked: string[] = []
  const api: { held: Stored<Lease> | undefined; node: Stored<Node> | undefined } = {
    held: undefined,
    node: nodeWithUid('n1'),
  }
  let version = 0
  const store = (lease: Lease): Stored<Lease> => {
    const metadata = { ...lease.metadata, name: 'node-1', resourceVersion: `${++version}` }
    api.held = { ...lease, metadata } as Stored<Lease>
    return api.held
  }
  const client = {
    async get({ plural }: ResourceRef) {
      asked.push(plural === 'leases' ? 'get' : `get ${plural}`)
      if (plural !== 'leases' || !api.held) throw notFound({ group: '', plural }, 'node-1')
      return api.held
    },
    async create(_: unknown, lease: Lease) {
      asked.push('create')
      return store(lease)
    },
    async update(_: unknown, lease: Stored<Lease>) {
      asked.push('update')
      if (!api.held) throw notFound(leases, 'node-1')
      if (lease.metadata.resourceVersion !== api.held.metadata.resourceVersion) {
        throw conflict(leases, 'node-1', 'the object has been modified')
      }
      return store(lease)
    },
  }
  const { world, clock } = testWorld()
  const renew = createHeartbeat({ ...world, client } as never, () => api.node)
  const beat = async () => {
    asked.length = 0
    await renew()
    return asked.join(' ')
  }
  return { api, store, beat, clock }
}

test('the lease is made once, and then written without being read', async () => {
  const { api, beat, clock } = leaseApi()
  assert.equal(await beat(), 'get create')
  assert.equal(api.held?.spec?.holderIdentity, 'node-1')
  assert.equal(api.held?.spec?.leaseDurationSeconds, 40)
  await clock.advance(10_000)
  assert.equal(await beat(), 'update')
  assert.equal(api.held?.spec?.renewTime, '2026-01-01T00:00:10.000000Z')
  assert.equal(await beat(), 'update')
})

test('one that somebody else has changed is read again, one that is gone is made again', async () => {
  const { api, store, beat } = leaseApi()
  await beat()
  store({ metadata: {}, spec: { holderIdentity: 'node-1', strategy: 'kept' } } as Lease)
  assert.equal(await beat(), 'update get update')
  assert.equal(api.held?.spec?.strategy, 'kept')
  api.held = undefined
  assert.equal(await beat(), 'update get create')
  assert.equal(await beat(), 'update')
})

test('the lease belongs to the node, also where it stood without an owner', async () => {
  const { api, store, beat } = leaseApi()
  const owners = () => api.held?.metadata.ownerReferences
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'n1' }
  await beat()
  assert.deepEqual(owners(), [owner])
  store({ metadata: {}, spec: {} } as Lease)
  assert.equal(owners(), undefined)
  await beat()
  assert.deepEqual(owners(), [owner])
})

test('no lease is made for a node that is gone', async () => {
  const { api, beat } = leaseApi()
  api.node = undefined
  await assert.rejects(beat(), /nodes "node-1" not found/)
  assert.equal(api.held, undefined)
})
