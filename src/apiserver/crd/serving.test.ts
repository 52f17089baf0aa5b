import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { systemClock } from '#lib'
import { openDurableStore } from '#store'
import {
  startDefiningServer,
  definedVersion as version,
  definedWidget as widget,
  widgetDefinition,
} from '../crd-fixture.ts'

const path = '/apis/example.com/v1/namespaces/default/widgets'
const merge = { 'content-type': 'application/merge-patch+json' }

describe('a kind that a CustomResourceDefinition defines', () => {
  test('is served once it has its names, with all that it says of them, and no more when it is gone', async () => {
    await using server = await startDefiningServer()
    const { send, define, clock } = server
    assert.equal((await send('POST', path, widget('a'))).status, 404)
    await define(widgetDefinition())
    const created = await send('POST', path, widget('a', { spec: { deep: [{ x: null }] } }))
    assert.equal(created.status, 201)
    assert.deepEqual(created.body.spec, { deep: [{ x: null }] })
    assert.equal(created.body.metadata.generation, 1)
    const { body } = await send('GET', '/apis/example.com/v1')
    assert.deepEqual(body.resources, [
      {
        name: 'widgets',
        singularName: 'widget',
        namespaced: true,
        kind: 'Widget',
        verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
        shortNames: ['wd'],
        categories: ['all'],
      },
    ])
    const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com'
    const deleted = await send('DELETE', crd)
    assert.equal(deleted.status, 200)
    const { metadata, status } = deleted.body
    assert.deepEqual(metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io'])
    assert.equal(metadata.generation, 1)
    assert.equal(metadata.deletionGracePeriodSeconds, undefined)
    assert.equal(status.conditions.at(-1).reason, 'InstanceDeletionPending')
    assert.equal((await send('GET', `${path}/a`)).status, 200)
    await send('PATCH', `${crd}/status`, { metadata: { finalizers: [] } }, merge)
    await clock.settle()
    assert.equal((await send('GET', crd)).status, 404)
    assert.equal((await send('GET', `${path}/a`)).status, 404)
  })

  test('raises the generation by what is neither metadata nor a status with a path of its own', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    await define(widgetDefinition())
    const at = `${path}/a`
    await send('POST', path, widget('a', { status: { n: 1 }, other: 1 }))
    const generations: number[] = []
    for (const patch of [
      { other: 2 },
      { status: { n: 2 } },
      { metadata: { labels: { a: 'b' } } },
    ]) {
      generations.push((await send('PATCH', at, patch, merge)).body.metadata.generation)
    }
    assert.deepEqual(generations, [2, 3, 3])
    assert.equal((await send('GET', `${at}/status`)).status, 404)
    await define(widgetDefinition([version('v1', { subresources: { status: {} } })]))
    const main = await send('PATCH', at, { status: { n: 3 }, other: 3 }, merge)
    assert.deepEqual([main.body.status.n, main.body.metadata.generation], [2, 4])
    const own = await send('PATCH', `${at}/status`, { status: { n: 4 }, other: 4 }, merge)
    assert.deepEqual([own.body.status.n, own.body.other, own.body.metadata.generation], [4, 3, 4])
    const born = await send('POST', path, widget('b', { status: { n: 1 } }))
    assert.equal(born.body.status, undefined)
  })

  test('has a scale where its definition says so, by its paths', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    const scale = {
      specReplicasPath: '.spec.size',
      statusReplicasPath: '.status.size',
      labelSelectorPath: '.status.selector',
    }
    await define(widgetDefinition([version('v1', { subresources: { scale } })]))
    await send('POST', path, widget('a', { status: { size: 1, selector: 'a=b' } }))
    const at = `${path}/a/scale`
    const unset = await send('GET', at)
    assert.deepEqual(
      [unset.status, unset.body.message],
      [500, 'Internal error occurred: the spec replicas field ".spec.size" does not exist'],
    )
    const patched = await send('PATCH', at, { spec: { replicas: 3 } }, merge)
    assert.deepEqual(patched.body.spec, { replicas: 3 })
    assert.deepEqual(patched.body.status, { replicas: 1, selector: 'a=b' })
    const { body } = await send('GET', `${path}/a`)
    assert.deepEqual([body.spec, body.metadata.generation], [{ size: 3 }, 2])
    const bad = await send('PATCH', `${path}/a`, { spec: { size: 'x' } }, merge)
    assert.match(
      bad.body.message,
      /\.spec\.size accessor error: x is of the type string, expected int64/,
    )
  })

  test('shows its columns, of which missing ones are empty and dates are ages', async () => {
    await using server = await startDefiningServer()
    const { send, define, clock } = server
    const column = (name: string, type: string, jsonPath: string) => ({ name, type, jsonPath })
    const additionalPrinterColumns = [
      column('Size', 'integer', '.spec.size'),
      column('Ready', 'string', '.status.conditions[?(@.type=="Ready")].status'),
      { ...column('Since', 'date', '.metadata.creationTimestamp'), priority: 1 },
      column('Whole', 'string', '.spec'),
    ]
    await define(widgetDefinition([version('v1', { additionalPrinterColumns })]))
    const conditions = [{ type: 'Ready', status: 'True' }]
    await send('POST', path, widget('a', { spec: { size: 3 }, status: { conditions } }))
    await send('POST', path, widget('b'))
    await clock.advance(61_000)
    const accept = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' }
    const { body } = await send('GET', path, undefined, accept)
    assert.deepEqual(
      body.rows.map(({ cells }: { cells: unknown }) => cells),
      [
        ['a', 3, 'True', '61s', 'map[size:3]'],
        ['b', null, null, '61s', null],
      ],
    )
    assert.equal(body.columnDefinitions[3].priority, 1)
    await define(widgetDefinition([version('v1', { additionalPrinterColumns: null })]))
    const plain = await send('GET', `${path}/a`, undefined, accept)
    assert.deepEqual(plain.body.rows[0].cells, ['a', '61s'])
  })

  test('takes JSON, YAML, merge, JSON and apply patches, and refuses protobuf and strategic ones', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    await define(widgetDefinition())
    const yaml = 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: yam}\nspec: {a: 1}\n'
    assert.equal(
      (await send('POST', path, yaml, { 'content-type': 'application/yaml' })).status,
      201,
    )
    const as = (contentType: string) => ({ 'content-type': contentType })
    const protobuf = await send(
      'POST',
      path,
      Buffer.from('k8s'),
      as('application/vnd.kubernetes.protobuf'),
    )
    assert.deepEqual(
      [protobuf.status, protobuf.body.message],
      [
        415,
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/cbor',
      ],
    )
    const json = [{ op: 'add', path: '/spec/b', value: 2 }]
    const patched = await send('PATCH', `${path}/yam`, json, as('application/json-patch+json'))
    assert.deepEqual(patched.body.spec, { a: 1, b: 2 })
    const strategic = await send(
      'PATCH',
      `${path}/yam`,
      {},
      as('application/strategic-merge-patch+json'),
    )
    assert.deepEqual(
      [strategic.status, strategic.body.message],
      [
        415,
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, application/apply-patch+cbor',
      ],
    )
    const apply = (fieldManager: string, spec: object) =>
      send(
        'PATCH',
        `${path}/yam?fieldManager=${fieldManager}`,
        widget('yam', { spec }),
        as('application/apply-patch+yaml'),
      )
    assert.equal((await apply('one', { c: 1 })).status, 200)
    const conflict = await apply('two', { c: 2 })
    assert.equal(conflict.status, 409)
    assert.match(conflict.body.message, /conflict with "one": \.spec\.c/)
    const put = await send('PUT', `${path}/yam`, widget('yam'))
    assert.match(
      put.body.message,
      /metadata\.resourceVersion: Invalid value: 0: must be specified for an update/,
    )
  })

  test('warns of finalizers that others may use as well', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    await define(widgetDefinition())
    const { warnings } = await send('POST', path, {
      ...widget('a'),
      metadata: { name: 'a', finalizers: ['mine', 'example.com', 'example.com/mine', 'orphan'] },
    })
    assert.equal(warnings.length, 2)
    assert.match(
      warnings[0] ?? '',
      /"example\.com": prefer a domain-qualified finalizer name including a path/,
    )
  })
})

describe('several versions of a kind', () => {
  const two = (storage: string) => [
    version('v1', { storage: storage === 'v1' }),
    version('v1beta1', { storage: storage === 'v1beta1', deprecated: true }),
  ]
  const old = path.replace('v1', 'v1beta1')

  test('show the same objects, each under its own apiVersion', async () => {
    await using server = await startDefiningServer()
    const { send, define, clock, store } = server
    await define(widgetDefinition(two('v1beta1')))
    const created = await send('POST', path, widget('a', { spec: { x: 1 } }))
    assert.deepEqual([created.status, created.body.apiVersion], [201, 'example.com/v1'])
    const seen = await send('GET', `${old}/a`)
    assert.deepEqual([seen.body.apiVersion, seen.body.spec], ['example.com/v1beta1', { x: 1 }])
    assert.deepEqual(seen.warnings, [
      'example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget',
    ])
    const stored = async () => {
      const { values } = await store.range({ prefix: '/registry/example.com/widgets/' })
      return values.map(({ value }) => JSON.parse(Buffer.from(value.bytes).toString()).apiVersion)
    }
    assert.deepEqual(await stored(), ['example.com/v1beta1'])
    const watch = await server.watch(`${path}?watch=true`)
    await clock.settle()
    await define(widgetDefinition(two('v1')))
    assert.ok(watch.ended, 'watches end when what is served changes')
    const { body } = await send('GET', `${path}/a`)
    assert.equal(body.apiVersion, 'example.com/v1')
    assert.deepEqual(await stored(), ['example.com/v1beta1'])
    // A write that changes nothing moves an object to the version that is stored now.
    const migrated = await send('PUT', `${path}/a`, body)
    assert.equal(migrated.status, 200)
    assert.equal(migrated.body.metadata.generation, 1)
    assert.deepEqual(await stored(), ['example.com/v1'])
    const again = await send('PUT', `${path}/a`, migrated.body)
    assert.equal(again.body.metadata.resourceVersion, migrated.body.metadata.resourceVersion)
    const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com'
    assert.deepEqual((await send('GET', crd)).body.status.storedVersions, ['v1beta1', 'v1'])
  })

  test('are read from the store when a server begins', async () => {
    await using first = await startDefiningServer()
    await first.define(widgetDefinition(two('v1beta1')))
    await first.send('POST', path, widget('a', { spec: { x: 1 } }))
    await using second = await startDefiningServer({ store: first.store })
    const { body } = await second.send('GET', path)
    assert.deepEqual(body.items[0].spec, { x: 1 })
    // Both follow what either of them is told.
    await first.define(widgetDefinition(two('v1')))
    await second.clock.settle()
    assert.equal((await second.send('GET', `${path}/a`)).body.apiVersion, 'example.com/v1')
    const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com'
    await second.send('DELETE', crd)
    await second.send('PATCH', `${crd}/status`, { metadata: { finalizers: [] } }, merge)
    await Promise.all([first, second].map(({ clock }) => clock.settle()))
    for (const { send } of [first, second]) assert.equal((await send('GET', path)).status, 404)
  })

  test('are served at once by a server that begins on the same disk', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'knarr-crd-'))
    try {
      for (const isFirst of [true, false]) {
        await using store = await openDurableStore({
          directory,
          clock: systemClock,
        })
        await using server = await startDefiningServer({ store })
        if (isFirst) {
          await server.define(widgetDefinition(two('v1beta1')))
          await server.send('POST', path, widget('a', { spec: { x: 1 } }))
        }
        const { body } = await server.send('GET', `${path}/a`)
        assert.deepEqual(body.spec, { x: 1 })
      }
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  test('are served after all once the store is there again', async () => {
    await using first = await startDefiningServer()
    await first.define(widgetDefinition())
    let isBroken = true
    const range: typeof first.store.range = (query) => {
      if (isBroken && query.prefix === '/registry/example.com/widgets/') {
        return Promise.reject(new Error('the store is away'))
      }
      return first.store.range(query)
    }
    await using second = await startDefiningServer({ store: { ...first.store, range } })
    assert.equal((await second.send('GET', path)).status, 404)
    isBroken = false
    await second.clock.advance(2_000)
    assert.equal((await second.send('GET', path)).status, 200)
  })
})
