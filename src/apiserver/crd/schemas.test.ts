import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  startDefiningServer,
  definedVersion as version,
  definedWidget as widget,
  widgetDefinition,
} from '../crd-fixture.ts'

const path = '/apis/example.com/v1/namespaces/default/widgets'
const as = (contentType: string) => ({ 'content-type': contentType })
const merge = as('application/merge-patch+json')

const spec = {
  type: 'object',
  required: ['size'],
  properties: {
    size: { type: 'integer', minimum: 1 },
    color: { type: 'string', default: 'red', enum: ['red', 'blue'] },
    name: { type: 'string', pattern: '^[a-z]+$' },
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, weight: { type: 'integer' } },
      },
    },
  },
}
const structured = (more: object = {}, properties: object = { spec }) =>
  version('v1', {
    schema: { openAPIV3Schema: { type: 'object', properties } },
    ...more,
  })

describe('the schema of a kind', () => {
  test('prunes, defaults and validates what is written', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    await define(widgetDefinition([structured()]))
    const created = await send('POST', path, widget('a', { spec: { size: 2, no: 1 }, other: 1 }))
    assert.deepEqual(created.body.spec, { size: 2, color: 'red' })
    assert.equal(created.body.other, undefined)
    const bad = await send('POST', path, widget('b', { spec: { color: 'green', name: 'B' } }))
    assert.equal(bad.status, 422)
    assert.equal(
      bad.body.message,
      'Widget.example.com "b" is invalid: [spec.color: Unsupported value: "green": supported values: "red", "blue", spec.name: Invalid value: "B": spec.name in body should match \'^[a-z]+$\', spec.size: Required value]',
    )
    const worse = await send('PATCH', `${path}/a`, { spec: { size: 0 } }, merge)
    assert.match(worse.body.message, /spec\.size in body should be greater than or equal to 1/)
  })

  test('says which fields it lacks to clients that are strict, and warns others', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    await define(widgetDefinition([structured()]))
    const object = widget('a', { spec: { size: 1, no: 1, parts: [{ name: 'x', y: 2 }] }, other: 1 })
    const strict = await send('POST', `${path}?fieldValidation=Strict`, object)
    assert.equal(strict.status, 400)
    assert.equal(
      strict.body.message,
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "other", unknown field "spec.no", unknown field "spec.parts[0].y"',
    )
    const warned = await send('POST', `${path}?fieldValidation=Warn`, object)
    assert.deepEqual(warned.warnings, [
      'unknown field "other"',
      'unknown field "spec.no"',
      'unknown field "spec.parts[0].y"',
    ])
    const meta = { ...widget('b'), metadata: { name: 'b', labels: { a: 1 } } }
    const malformed = await send('POST', path, meta)
    assert.deepEqual(
      [malformed.status, malformed.body.message],
      [
        400,
        'Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
      ],
    )
  })

  test('is how fields are owned by those who apply', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    await define(widgetDefinition([structured()]))
    const apply = (fieldManager: string, parts: readonly object[]) =>
      send(
        'PATCH',
        `${path}/a?fieldManager=${fieldManager}`,
        widget('a', { spec: { size: 1, parts } }),
        as('application/apply-patch+yaml'),
      )
    await apply('one', [{ name: 'x', weight: 1 }])
    const both = await apply('two', [{ name: 'y', weight: 2 }])
    assert.deepEqual(
      both.body.spec.parts.map(({ name }: { name: string }) => name),
      ['x', 'y'],
    )
    const conflict = await apply('two', [{ name: 'x', weight: 3 }])
    assert.match(conflict.body.message, /\.spec\.parts\[name="x"\]\.weight/)
  })

  test('that has changed shows stored objects by its new defaults and without its old fields', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    await define(widgetDefinition([structured()]))
    await send('POST', path, widget('a', { spec: { size: 1, name: 'a' } }))
    const { name: _, ...fewer } = spec.properties
    const changed = {
      ...spec,
      properties: { ...fewer, shape: { type: 'string', default: 'round' } },
    }
    await define(widgetDefinition([structured({}, { spec: changed })]))
    const { body } = await send('GET', `${path}/a`)
    assert.deepEqual(body.spec, { size: 1, color: 'red', shape: 'round' })
    const { body: list } = await send('GET', path)
    assert.deepEqual(list.items[0].spec, body.spec)
    assert.equal(list.items[0].metadata.resourceVersion, body.metadata.resourceVersion)
  })

  test('is published for explain, and what selects by its fields', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    const selectableFields = [{ jsonPath: '.spec.color' }]
    await define(widgetDefinition([structured({ selectableFields })]))
    const { body } = await send('GET', '/openapi/v3/apis/example.com/v1')
    const shown = body.components.schemas['com.example.v1.Widget']
    assert.equal(shown.properties.spec.properties.size.minimum, 1)
    assert.deepEqual(shown['x-kubernetes-group-version-kind'], [
      { group: 'example.com', kind: 'Widget', version: 'v1' },
    ])
    await send('POST', path, widget('a', { spec: { size: 1 } }))
    await send('POST', path, widget('b', { spec: { size: 1, color: 'blue' } }))
    const blue = await send('GET', `${path}?fieldSelector=spec.color%3Dblue`)
    assert.deepEqual(
      blue.body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
      ['b'],
    )
    const not = await send('GET', `${path}?fieldSelector=spec.size%3D1`)
    assert.deepEqual([not.status, not.body.message], [400, 'field label not supported: spec.size'])
  })

  test('holds a status of its own to its part of the schema', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    const status = { type: 'object', properties: { ready: { type: 'boolean' } } }
    await define(widgetDefinition([structured({ subresources: { status: {} } }, { spec, status })]))
    await send('POST', path, widget('a', { spec: { size: 1 } }))
    const bad = await send('PATCH', `${path}/a/status`, { status: { ready: 'x' } }, merge)
    assert.match(
      bad.body.message,
      /^Widget\.example\.com "a" is invalid: status\.ready: .* must be of type boolean/,
    )
  })

  test('gives a status its defaults in answers to creates and updates, tried ones as well', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    const pending = { phase: 'Pending' }
    const status = { type: 'object', default: pending, properties: { phase: { type: 'string' } } }
    await define(widgetDefinition([structured({ subresources: { status: {} } }, { spec, status })]))
    const fresh = widget('a', { spec: { size: 1 }, status: { phase: 'Own' } })
    const tried = await send('POST', `${path}?dryRun=All`, fresh)
    assert.deepEqual(tried.body.status, pending)
    assert.deepEqual((await send('POST', path, fresh)).body.status, pending)
    const change = { spec: { size: 2 } }
    const changed = await send('PATCH', `${path}/a?dryRun=All`, change, merge)
    assert.deepEqual([changed.body.spec.size, changed.body.status], [2, pending])
  })

  test("is refused with upstream's texts where it is none", async () => {
    await using server = await startDefiningServer()
    const { send } = server
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    const { status, body } = await send(
      'POST',
      definitions,
      widgetDefinition([structured({}, { spec: { properties: {} } })]),
    )
    assert.equal(status, 422)
    assert.match(
      body.message,
      /spec\.validation\.openAPIV3Schema\.properties\[spec\]\.type: Required value: must not be empty for specified object fields/,
    )
    const rules = { ...spec, 'x-kubernetes-validations': [{ rule: 'self.weight > 1' }] }
    const ruled = await send(
      'POST',
      definitions,
      widgetDefinition([structured({}, { spec: rules })]),
    )
    assert.equal(ruled.status, 422)
    assert.match(
      ruled.body.message,
      /spec\.validation\.openAPIV3Schema\.properties\[spec\]\.x-kubernetes-validations\[0\]\.rule: Invalid value: \{"Rule":"self\.weight \\u003e 1",.*\}: compilation failed: ERROR: <input>:1:5: undefined field 'weight'/,
    )
  })

  test('has rules that hold for what is written, but not for what stays as it was', async () => {
    await using server = await startDefiningServer()
    const { send, define } = server
    const rule = { rule: 'self.size > 1', message: 'too small' }
    const shrinks = { rule: 'self.size >= oldSelf.size', message: 'shrinks' }
    const withRules = (...rules: readonly object[]) =>
      widgetDefinition([structured({}, { spec: { ...spec, 'x-kubernetes-validations': rules } })])
    await define(withRules(shrinks))
    assert.equal((await send('POST', path, widget('a', { spec: { size: 1 } }))).status, 201)
    await define(withRules(rule, shrinks))
    const bad = await send('POST', path, widget('b', { spec: { size: 1 } }))
    assert.equal(bad.status, 422)
    assert.equal(
      bad.body.message,
      'Widget.example.com "b" is invalid: spec: Invalid value: too small',
    )
    const kept = await send('PATCH', `${path}/a`, { metadata: { labels: { a: 'b' } } }, merge)
    assert.equal(kept.status, 200)
    assert.deepEqual(kept.warnings, ['spec: Invalid value: too small'])
    const grown = await send('PATCH', `${path}/a`, { spec: { size: 5 } }, merge)
    assert.deepEqual([grown.status, grown.warnings], [200, []])
    const shrunk = await send('PATCH', `${path}/a`, { spec: { size: 3 } }, merge)
    assert.equal(
      shrunk.body.message,
      'Widget.example.com "a" is invalid: spec: Invalid value: shrinks',
    )
    const unchecked = await send('PATCH', `${path}/a`, { spec: { size: null } }, merge)
    assert.match(
      unchecked.body.message,
      /spec\.size: Required value, <nil>: Invalid value: null: some validation rules were not checked because the object was invalid/,
    )
  })
})
