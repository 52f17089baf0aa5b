import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definedVersion, startDefiningServer, widgetDefinition } from '../crd-fixture.ts'
import type { Answer } from '../server-fixture.ts'

const largest = '9223372036854775807'
const widgets = '/apis/example.com/v1/namespaces/default/widgets'
const widget = (rest: string) =>
  `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},${rest}}`
const asYaml = { accept: 'application/yaml' }

/** As it goes over the wire. */
function textOf({ response: { body } }: Answer): string {
  if (body.kind === 'object') return Buffer.from(body.value.bytes).toString()
  if (body.kind === 'pieces') return Buffer.concat([...body.pieces]).toString()
  return body.kind === 'bytes' ? Buffer.from(body.bytes).toString() : ''
}

const schema = {
  type: 'object',
  properties: {
    n: { type: 'integer', format: 'int64', maximum: 2 ** 62 },
    any: { type: 'integer' },
    set: { type: 'array', items: { type: 'integer' }, 'x-kubernetes-list-type': 'set' },
  },
  'x-kubernetes-validations': [{ rule: '!has(self.any) || self.any != 9223372036854775806' }],
}
const typed = widgetDefinition([
  definedVersion('v1', {
    schema: { openAPIV3Schema: schema },
    additionalPrinterColumns: [{ name: 'Any', type: 'integer', jsonPath: '.any' }],
  }),
])

test('integers of 64 bits in a custom resource keep their digits, as JSON and as YAML', async () => {
  await using server = await startDefiningServer()
  await server.define(widgetDefinition())
  const { send } = server
  const watch = await server.watch(`${widgets}?watch=true`)
  const created = await send(
    'POST',
    widgets,
    widget(`"n":${largest},"m":[-${largest},9007199254740993]`),
  )
  assert.equal(created.status, 201)
  const digits = `"n":${largest},"m":[-${largest},9007199254740993]`
  assert.ok(textOf(created).includes(digits), textOf(created))
  assert.ok(textOf(await send('GET', `${widgets}/a`)).includes(digits))
  assert.ok(textOf(await send('GET', `${widgets}/a?pretty=true`)).includes(`"n": ${largest}`))
  assert.ok(textOf(await send('GET', `${widgets}/a`, undefined, asYaml)).includes(`: ${largest}\n`))
  await server.clock.settle()
  assert.ok(
    Buffer.from(watch.frames[0]?.object.bytes ?? [])
      .toString()
      .includes(digits),
  )
  watch.stop()
})

test('they are read again from what is stored', async () => {
  await using server = await startDefiningServer()
  await server.define(widgetDefinition())
  await server.send('POST', widgets, widget(`"n":${largest}`))
  await using again = await startDefiningServer({ store: server.store })
  await again.define(widgetDefinition())
  assert.ok(textOf(await again.send('GET', `${widgets}/a`)).includes(`"n":${largest}`))
})

test('they are patched, applied and owned', async () => {
  await using server = await startDefiningServer()
  await server.define(typed)
  const { send } = server
  const yaml = { 'content-type': 'application/yaml' }
  const manifest = `apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nset: [9007199254740993]`
  assert.equal((await send('POST', widgets, manifest, yaml)).status, 201)
  const merge = { 'content-type': 'application/merge-patch+json' }
  const merged = await send('PATCH', `${widgets}/a`, `{"any":${largest}}`, merge)
  assert.ok(textOf(merged).includes(`"any":${largest}`), textOf(merged))
  const json = { 'content-type': 'application/json-patch+json' }
  const tested = `[{"op":"test","path":"/any","value":9223372036854775800},{"op":"remove","path":"/any"}]`
  assert.equal((await send('PATCH', `${widgets}/a`, tested, json)).status, 422)
  const right = tested.replace('9223372036854775800', largest)
  assert.equal((await send('PATCH', `${widgets}/a`, right, json)).status, 200)
  const apply = { 'content-type': 'application/apply-patch+yaml' }
  const applied = await send(
    'PATCH',
    `${widgets}/a?fieldManager=me`,
    widget('"set":[9007199254740995,9007199254740993]'),
    apply,
  )
  assert.equal(applied.status, 200, textOf(applied))
  assert.ok(textOf(applied).includes('"v:9007199254740995":{}'), textOf(applied))
  assert.ok(textOf(applied).includes('"set":[9007199254740995,9007199254740993]'), textOf(applied))
})

test('they are validated, ruled and shown as what they are', async () => {
  await using server = await startDefiningServer()
  await server.define(typed)
  const { send } = server
  const beyond = await send('POST', widgets, widget(`"n":${largest}`))
  assert.equal(beyond.status, 422)
  assert.ok(
    beyond.body.message.includes(
      `n: Invalid value: ${largest}: n in body should be less than or equal to 4611686018427387904`,
    ),
    beyond.body.message,
  )
  assert.equal((await send('POST', widgets, widget('"any":9223372036854775806'))).status, 422)
  assert.equal((await send('POST', widgets, widget('"any":9223372036854775805'))).status, 201)
  const table = await send('GET', widgets, undefined, {
    accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
  })
  assert.ok(textOf(table).includes('"cells":["a",9223372036854775805]'), textOf(table))
})
