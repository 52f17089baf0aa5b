import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '#api'
import type { Client } from '#client'
import { silentLogger } from '#lib'
import { type KubeObject, keyOf, type ObjectKey, type ResourceRef } from '#machinery'
import { notFound } from '#machinery/status'
import { type BootstrapOptions, ensureBootstrapObjects } from './bootstrap.ts'

const options: BootstrapOptions = {
  controllers: [],
  resources: [],
  clientAuthority: 'ca',
  serviceCidrs: ['10.96.0.0/12'],
  clockSpec: {},
  dnsAddress: undefined,
  log: silentLogger,
}

/** What a cluster holds, by resource and key, and how often it was written. */
function createWorld() {
  const held = new Map<string, KubeObject>()
  let writes = 0
  const idOf = ({ plural }: ResourceRef, key: string) => `${plural} ${key}`
  const write = async (resource: ResourceRef, object: KubeObject) => {
    writes++
    held.set(idOf(resource, keyOf(object)), object)
    return object
  }
  const client = {
    get: async (resource: ResourceRef, key: ObjectKey) => {
      const found = held.get(idOf(resource, keyOf(key)))
      if (!found) throw notFound(resource, key.name)
      return found
    },
    list: async (resource: ResourceRef) => ({
      resourceVersion: '1',
      items: [...held]
        .filter(([id]) => id.startsWith(`${resource.plural} `))
        .map(([, each]) => each),
    }),
    create: write,
    update: write,
    delete: async (resource: ResourceRef, key: ObjectKey) => {
      held.delete(idOf(resource, keyOf(key)))
    },
  } as unknown as Client
  return {
    client,
    held,
    get writes() {
      return writes
    },
  }
}

test('a new cluster gets what every cluster has, and a restart writes nothing', async () => {
  const world = createWorld()
  await ensureBootstrapObjects(world.client, options)
  const kinds = ['namespaces default', 'clusterroles cluster-admin', 'services default/kubernetes']
  for (const id of kinds) assert.ok(world.held.has(id), id)
  const { writes } = world
  assert.ok(writes > 60, `${writes}`)
  await ensureBootstrapObjects(world.client, options)
  assert.equal(world.writes, writes)
})

test('what is missing is made again; rules of an administrator stay, those that lack are added', async () => {
  const world = createWorld()
  await ensureBootstrapObjects(world.client, options)
  const { writes } = world
  const own = { apiGroups: ['example.com'], resources: ['boats'], verbs: ['get'] }
  const id = 'clusterroles system:kube-scheduler'
  const role = world.held.get(id) as KubeObject & { readonly rules: readonly object[] }
  const [first, ...others] = role.rules
  assert.ok(first)
  world.held.set(id, { ...role, rules: [...others, own] } as KubeObject)
  world.held.delete('clusterrolebindings cluster-admin')

  await ensureBootstrapObjects(world.client, options)
  assert.equal(world.writes, writes + 2)
  assert.deepEqual((world.held.get(id) as typeof role).rules, [...others, own, first])
  assert.ok(world.held.has('clusterrolebindings cluster-admin'))
})

test('the DNS Service is made at its address and goes with it, but never what another made there', async () => {
  const world = createWorld()
  const id = 'services kube-system/kube-dns'
  const address = () => (world.held.get(id) as Service | undefined)?.spec?.clusterIP
  const start = (dnsAddress: string | undefined) =>
    ensureBootstrapObjects(world.client, { ...options, dnsAddress })
  await start('10.96.0.10')
  assert.equal(address(), '10.96.0.10')
  await start('10.97.0.10')
  assert.equal(address(), '10.97.0.10')
  await start(undefined)
  assert.equal(world.held.has(id), false)
  const theirs = { metadata: { namespace: 'kube-system', name: 'kube-dns' }, spec: {} }
  world.held.set(id, theirs)
  await start('10.96.0.10')
  await start(undefined)
  assert.equal(world.held.get(id), theirs)
})
