import assert from 'node:assert/strict'
import test from 'node:test'
import { deepEqual, groupVersionOf, type KubeObject, type Resource, type Stored } from '#machinery'
import { fieldErrorMessage } from '#machinery/validation'
import { examples } from '../resource-fixture.ts'
import { findKind } from './kinds.ts'
import { resources } from './resources.ts'
import { apiSchema } from './schema.ts'

const context = { nowMs: Date.parse('2026-01-02T03:04:05Z'), user: { name: 'admin', groups: [] } }

function nameOf(resource: Resource): string {
  return `${groupVersionOf(resource)} ${resource.kind}`
}

/** The object as the server has it just before validation, and once it is stored. */
function prepared(resource: Resource, example: KubeObject): KubeObject {
  const meta = { name: 'example', uid: '7d1c', ...example.metadata }
  const namespaced = resource.scope === 'Namespaced' ? { namespace: 'default' } : {}
  const named = { ...example, metadata: { ...namespaced, ...meta } }
  const defaulted = resource.strategy.default?.(named as never) ?? named
  const stored = resource.view ? resource.view.toStored(defaulted as never) : defaulted
  const strategy = (resource.view?.of as Resource | undefined)?.strategy ?? resource.strategy
  const complete = strategy.default?.(stored as never) ?? stored
  return strategy.prepareForCreate?.(complete as never, context) ?? complete
}

function stored(resource: Resource, object: KubeObject): Stored {
  const metadata = {
    name: 'example',
    uid: '7d1c',
    resourceVersion: '7',
    creationTimestamp: '2026-01-02T03:03:05Z',
    ...object.metadata,
  }
  return { ...object, apiVersion: groupVersionOf(resource), kind: resource.kind, metadata }
}

test('no two resources share a path', () => {
  const paths = resources.map((resource) => `${groupVersionOf(resource)}/${resource.plural}`)
  assert.deepEqual(paths, [...new Set(paths)])
})

test('every kind has an example in src/api/resource-fixture.ts', () => {
  assert.deepEqual(
    resources.map(nameOf).filter((name) => examples[name] === undefined),
    [],
  )
})

for (const resource of resources.filter((each) => examples[nameOf(each)] !== undefined)) {
  const example = examples[nameOf(resource)]

  test(`${nameOf(resource)} is of the API, and of its schema`, () => {
    assert.ok(findKind(resource))
    assert.ok(apiSchema.type(resource.schemaName))
    assert.ok(resource.columns.length > 0)
  })

  test(`${nameOf(resource)} serves the subresources that discovery knows, as far as it has them`, () => {
    const known = findKind(resource)?.subresources ?? {}
    for (const name of Object.keys(resource.subresources ?? {})) assert.ok(known[name], name)
  })

  test(`${nameOf(resource)} gets the same defaults once and twice`, () => {
    const { default: fill } = resource.strategy
    if (!fill) return
    const once = fill(example as never)
    assert.equal(fill(once as never), once)
  })

  test(`${nameOf(resource)} accepts its example, new and unchanged`, () => {
    const object = prepared(resource, example as KubeObject)
    const target = (resource.view?.of as Resource | undefined) ?? resource
    assert.deepEqual(target.strategy.validate(object as never).map(fieldErrorMessage), [])
    const old = stored(target, object)
    const same = target.strategy.prepareForUpdate?.(old as never, old as never, context) ?? old
    assert.ok(deepEqual(same, old), 'an update that changes nothing changes nothing')
    assert.deepEqual(
      target.strategy.validateUpdate(same as never, old as never).map(fieldErrorMessage),
      [],
    )
  })

  test(`${nameOf(resource)} shows in each of its columns`, () => {
    const object = prepared(resource, example as KubeObject)
    const shown = resource.view ? resource.view.fromStored(object) : object
    for (const { name, value } of resource.columns) {
      const cell = value(stored(resource, shown) as never, context.nowMs)
      assert.notEqual(cell, undefined, name)
      assert.doesNotMatch(String(cell), /undefined|NaN|\[object/, name)
    }
  })

  test(`${nameOf(resource)} can be selected by each of its fields`, () => {
    const object = prepared(resource, example as KubeObject)
    const shown = resource.view ? resource.view.fromStored(object) : object
    for (const [name, select] of Object.entries(resource.selectableFields ?? {})) {
      assert.equal(typeof select(stored(resource, shown) as never), 'string', name)
    }
  })
}
