import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { configMaps, namespaces } from '#api'
import { discoverResources } from '#client'
import { silentLogger, systemClock } from '#lib'
import { ownerReference } from '#machinery'
import { isNotFound } from '#machinery/status'
import { defaultSimOptions } from './options.ts'
import { createSimCluster, type SimCluster } from './sim-cluster.ts'
import { type Widget, widget, widgetKind, widgetsDefinition } from './widgets-fixture.ts'

const tokenKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

/** A running cluster without nodes: they have no part in this. */
async function running(): Promise<SimCluster> {
  const world = { wall: systemClock, log: silentLogger, tokenKey, onFailure: () => undefined }
  const cluster = await createSimCluster({ ...defaultSimOptions, nodes: [] }, world)
  await cluster.timeDriver.advance(60_000)
  return cluster
}

const discoveryPeriodMs = 30_000

function namesIn({ objects }: SimCluster, resource = widgetKind, namespace = 'default') {
  return objects.list<Widget>(resource, namespace).map(({ metadata }) => metadata.name)
}

describe('a kind that comes to a running cluster', () => {
  test('is discovered, created, listed and applied with owners of its fields', async () => {
    await using cluster = await running()
    const { client, served } = cluster
    await assert.rejects(client.create(widgetKind, widget('early')), isNotFound)
    const kinds = await served.add([widgetsDefinition])
    const found = async () =>
      (await discoverResources(client)).preferred.find(({ plural }) => plural === 'widgets')
    assert.deepEqual((await found())?.shortNames, ['wd'])
    await client.create(widgetKind, widget('a', { spec: { size: 1, parts: [{ name: 'top' }] } }))
    const apply = (patch: Widget, fieldManager: string) =>
      client.patch(
        widgetKind,
        { name: 'a', namespace: 'default' },
        { kind: 'apply', patch, fieldManager },
      )
    const both = await apply(
      widget('a', { spec: { parts: [{ name: 'base', color: 'red' }] } }),
      'one',
    )
    assert.deepEqual(both.spec?.parts, [{ name: 'top' }, { name: 'base', color: 'red' }])
    assert.equal(both.metadata.generation, 2)
    await assert.rejects(
      apply(widget('a', { spec: { parts: [{ name: 'base', color: 'blue' }] } }), 'two'),
      /conflict with "one": \.spec\.parts\[name="base"\]\.color/,
    )
    const { items } = await client.list(widgetKind, { namespace: 'default' })
    assert.deepEqual(
      items.map(({ spec }) => spec?.size),
      [1],
    )
    kinds[Symbol.dispose]()
    assert.equal(await found(), undefined)
    await assert.rejects(client.list(widgetKind), isNotFound)
  })

  test('is collected with its owners, and owns what is collected with it', async () => {
    await using cluster = await running()
    const { client, served, timeDriver } = cluster
    await served.add([widgetsDefinition])
    const owner = await client.create(configMaps, {
      metadata: { name: 'owner', namespace: 'default' },
    })
    const ownerReferences = [ownerReference(owner, configMaps)]
    await client.create(widgetKind, widget('owned', { metadata: { ownerReferences } }))
    const free = await client.create(widgetKind, widget('free'))
    const owned = {
      name: 'of-free',
      namespace: 'default',
      ownerReferences: [ownerReference(free, widgetKind)],
    }
    await client.create(configMaps, { metadata: owned })
    await timeDriver.advance(2 * discoveryPeriodMs)
    assert.deepEqual(namesIn(cluster), ['free', 'owned'])
    await client.delete(configMaps, owner.metadata)
    await client.delete(widgetKind, free.metadata)
    await timeDriver.advance(10_000)
    assert.deepEqual(namesIn(cluster), [])
    assert.equal(
      cluster.objects.get(configMaps, { name: 'of-free', namespace: 'default' }),
      undefined,
    )
  })

  test('goes with its namespace', async () => {
    await using cluster = await running()
    const { client, served, timeDriver } = cluster
    await client.create(namespaces, { metadata: { name: 'shop' } })
    await served.add([widgetsDefinition])
    await client.create(widgetKind, widget('w', { metadata: { namespace: 'shop' } }))
    await client.delete(namespaces, { name: 'shop' })
    await timeDriver.advance(60_000)
    assert.deepEqual(namesIn(cluster, widgetKind, 'shop'), [])
    assert.equal(cluster.objects.get(namespaces, { name: 'shop' }), undefined)
  })

  test('may go again: the collector goes on with all others, and takes it up when it is back', async () => {
    await using cluster = await running()
    const { client, served, timeDriver } = cluster
    const kinds = await served.add([widgetsDefinition])
    const owner = await client.create(widgetKind, widget('owner'))
    await timeDriver.advance(2 * discoveryPeriodMs)
    const ownerReferences = [ownerReference(owner, widgetKind)]
    const child = { metadata: { name: 'child', namespace: 'default', ownerReferences } }
    await client.create(configMaps, child)
    kinds[Symbol.dispose]()
    await timeDriver.advance(2 * discoveryPeriodMs)
    // What cannot be looked up says nothing about what it owns.
    assert.ok(cluster.objects.get(configMaps, child.metadata))
    const parent = await client.create(configMaps, {
      metadata: { name: 'parent', namespace: 'default' },
    })
    const other = { name: 'other', namespace: 'default' }
    const references = [ownerReference(parent, configMaps)]
    await client.create(configMaps, { metadata: { ...other, ownerReferences: references } })
    await client.delete(configMaps, parent.metadata)
    await timeDriver.advance(10_000)
    assert.equal(cluster.objects.get(configMaps, other), undefined)

    await served.add([widgetsDefinition])
    await timeDriver.advance(2 * discoveryPeriodMs)
    assert.deepEqual(namesIn(cluster), ['owner'])
    await client.delete(widgetKind, owner.metadata)
    await timeDriver.advance(10_000)
    assert.equal(cluster.objects.get(configMaps, child.metadata), undefined)
  })
})
