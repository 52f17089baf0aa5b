import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { apiSchema, resources } from '#api'
import { type ApiRequest, pathOf, type Resource } from '#machinery'
import type { FieldType } from '#machinery/schema'
import { examples } from '../../src/api/resource-fixture.ts'
import { startTestServer, type TestServer } from '../../src/apiserver/server-fixture.ts'

type Json = Readonly<Record<string, unknown>>
type Path = readonly (string | number)[]

/** Both are fixed, so that every run of these tests looks at the same objects. */
const bounded = (numRuns: number) => ({ seed: 36, numRuns, endOnFailure: true })

/** What stands in the place of a part of an object: nothing, or something of another type. */
const replacement = fc.constantFrom<unknown>(
  ...[undefined, null, {}, [], 'x', '', 5, -1, 0, true, [null], [{}], { a: null }, { a: 'b' }],
)

const stored = resources.filter(({ verbs }) => verbs.includes('list') && verbs.includes('create'))

let names = 0

function exampleOf({ group, version, kind }: Resource): Json {
  const example = examples[`${group === '' ? version : `${group}/${version}`} ${kind}`] ?? {}
  const metadata = { name: `partial-${names++}`, ...(example.metadata as Json) }
  return { ...example, metadata }
}

/** Every part of a value that can be taken away, and the value itself. */
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const entries = Object.entries(value).map(
    ([key, child]) => [Array.isArray(value) ? Number(key) : key, child] as const,
  )
  return [path, ...entries.flatMap(([key, child]) => pathsOf(child, [...path, key]))]
}

/** A value with something else in one place; what is missing on the way there is made. */
function replaced(value: unknown, [step, ...rest]: Path, by: unknown): unknown {
  if (step === undefined) return by
  if (typeof step === 'number') {
    const list = Array.isArray(value) ? value : []
    return list.length > step ? list.with(step, replaced(list[step], rest, by)) : [by]
  }
  const object = typeof value === 'object' && !Array.isArray(value) ? (value as Json | null) : {}
  return { ...object, [step]: replaced(object?.[step], rest, by) }
}

/** The way from a type to some part that its values may have, by numbers that choose at each step. */
function typePath(type: FieldType, choices: readonly number[]): Path {
  const [choice = 0, ...rest] = choices
  if (choices.length === 0) return []
  if (type.kind === 'list') return [0, ...typePath(type.element, choices)]
  if (type.kind === 'map') return ['a', ...typePath(type.value, rest)]
  const fields = (type.kind === 'ref' && apiSchema.type(type.name)?.fields) || []
  const field = fields[choice % Math.max(fields.length, 1)]
  return field ? [field.name, ...typePath(field.type, rest)] : []
}

const exampleParts = fc.tuple(fc.constantFrom(...stored), fc.nat(), replacement)
const typeParts = fc.tuple(
  fc.constantFrom(...stored),
  fc.array(fc.nat(1000), { minLength: 1, maxLength: 7 }),
  replacement,
)

/** The one refusal of an object that upstream itself calls an error of the server. */
const upstreamsOwn = 'resourceVersion should not be set on objects to be created'

const tables = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' }
const merge = { 'content-type': 'application/merge-patch+json' }
const apply = { 'content-type': 'application/apply-patch+yaml' }

async function send(
  server: TestServer,
  [method, path, headers]: readonly [
    ApiRequest['method'],
    string,
    Readonly<Record<string, string>>?,
  ],
  body?: unknown,
) {
  const answer = await server.send(method, path, body, headers)
  const described = `${method} ${path}: ${JSON.stringify(answer.body)} for ${JSON.stringify(body)}`
  assert.ok(answer.status < 500 || answer.body.message === upstreamsOwn, described)
  return answer
}

/** All that is done with an object that somebody wrote. @throws AssertionError for a failure of ours. */
async function useEverywhere(server: TestServer, resource: Resource, object: unknown) {
  const all = pathOf(resource, resource.scope === 'Namespaced' ? { namespace: 'default' } : {})
  const watch = await server.watch(`${all}?watch=true&resourceVersion=0`, tables)
  const { status, body } = await send(server, ['POST', all], object)
  if (status < 300) {
    const one = `${all}/${body.metadata.name}`
    for (const path of [one, all]) {
      await send(server, ['GET', path])
      const table = await send(server, ['GET', path, tables])
      assert.doesNotMatch(JSON.stringify(table.body.rows), /<error>/)
    }
    for (const field of Object.keys(resource.selectableFields ?? {})) {
      await send(server, ['GET', `${all}?fieldSelector=${field}%3Dx`])
    }
    if (resource.verbs.includes('patch')) {
      await send(server, ['PATCH', one, merge], { metadata: { labels: { touched: 'yes' } } })
    }
    await send(server, ['DELETE', `${one}?gracePeriodSeconds=0`])
  }
  if (resource.verbs.includes('patch')) {
    await send(server, ['PATCH', `${all}/applied-${names++}?fieldManager=me`, apply], object)
  }
  await server.clock.advance(0)
  const last = watch.frames.at(-1)?.object.object
  assert.equal(watch.ended, false, `a watch of ${all} ended: ${JSON.stringify(last)}`)
  assert.doesNotMatch(
    JSON.stringify(watch.frames.map(({ object: { object } }) => object)),
    /<error>/,
  )
  watch.stop()
}

async function startServer(): Promise<TestServer> {
  const server = await startTestServer({ standard: true })
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  await server.send('POST', accounts, { metadata: { name: 'default' } })
  return server
}

describe('an object of which a part is missing or wrong', () => {
  test('is refused, or works everywhere: any part of a usual object', async () => {
    await using server = await startServer()
    const property = fc.asyncProperty(exampleParts, ([resource, choice, by]) => {
      const example = exampleOf(resource)
      const paths = pathsOf(example)
      return useEverywhere(server, resource, replaced(example, paths[choice % paths.length]!, by))
    })
    await fc.assert(property, bounded(800))
  })

  test('is refused, or works everywhere: any part that its type may have', async () => {
    await using server = await startServer()
    const property = fc.asyncProperty(typeParts, ([resource, choices, by]) => {
      const path = typePath({ kind: 'ref', name: resource.schemaName }, choices)
      return useEverywhere(server, resource, replaced(exampleOf(resource), path, by))
    })
    await fc.assert(property, bounded(800))
  })
})

/** The types of bodies of what acts and is not stored, by where they are sent. */
const actions: readonly (readonly [path: string, typeName: string])[] = [
  ...resources
    .filter(({ verbs }) => verbs.length === 1 && verbs[0] === 'create')
    .map((resource) => {
      const namespace = resource.scope === 'Namespaced' ? { namespace: 'default' } : {}
      return [pathOf(resource, namespace), resource.schemaName] as const
    }),
  ...resources.flatMap((resource) =>
    Object.entries(resource.subresources ?? {}).flatMap(([name, part]) =>
      part.kind === 'action'
        ? [
            [
              pathOf(resource, { namespace: 'default', name: 'default' }, name),
              part.schemaName,
            ] as const,
          ]
        : [],
    ),
  ),
]

const actionParts = fc.tuple(
  fc.constantFrom(...actions),
  fc.array(fc.nat(1000), { maxLength: 5 }),
  replacement,
)

test('reviews and actions refuse what they cannot read, and never fail', async () => {
  await using server = await startServer()
  const container = { name: 'a', image: 'b' }
  const pod = { metadata: { name: 'default' }, spec: { containers: [container] } }
  await server.send('POST', '/api/v1/namespaces/default/pods', pod)
  const property = fc.asyncProperty(actionParts, async ([[path, name], choices, by]) => {
    await send(server, ['POST', path], replaced({}, typePath({ kind: 'ref', name }, choices), by))
  })
  await fc.assert(property, bounded(800))
})

test('what a body claims to be must be a text', async () => {
  await using server = await startTestServer()
  for (const [claim, given] of [
    [{ apiVersion: 5 }, 'number'],
    [{ kind: ['Pod'] }, 'array'],
    [{ apiVersion: { a: 1 } }, 'object'],
  ] as const) {
    const path = '/api/v1/namespaces/default/pods'
    const { status, body } = await server.send('POST', path, { ...claim, metadata: { name: 'a' } })
    const field = `Go struct field .${Object.keys(claim)[0]} of type string`
    assert.equal(status, 400)
    assert.ok(body.message.includes(`json: cannot unmarshal ${given} into ${field}`), body.message)
  }
})

test('an event about nothing in particular is stored as upstream encodes it, in both groups', async () => {
  await using server = await startTestServer()
  const core = '/api/v1/namespaces/default/events'
  const newer = '/apis/events.k8s.io/v1/namespaces/default/events'
  await server.send('POST', core, { metadata: { name: 'a' } })
  await server.send('POST', newer, { metadata: { name: 'b' }, reason: 'r' })
  const { body } = await server.send('GET', core)
  assert.deepEqual(
    body.items.map(({ involvedObject }: Json) => involvedObject),
    [{}, {}],
  )
})

describe('an object that a column cannot show', () => {
  const broken: Resource = {
    ...(resources.find(({ kind }) => kind === 'ConfigMap') as Resource),
    columns: [
      { name: 'Name', type: 'string', value: ({ metadata }) => metadata.name },
      {
        name: 'Size',
        type: 'string',
        value: (object) => (object as unknown as { data: Json }).data.size as string,
      },
    ],
  }
  const maps = '/api/v1/namespaces/default/configmaps'

  test('leaves the others of its list alone', async () => {
    await using server = await startTestServer({ resources: [broken] })
    await server.send('POST', maps, { metadata: { name: 'a' } })
    await server.send('POST', maps, { metadata: { name: 'b' }, data: { size: '7' } })
    const { status, body } = await server.send('GET', maps, undefined, tables)
    assert.equal(status, 200)
    assert.deepEqual(
      body.rows.map(({ cells }: Json) => cells),
      [
        ['a', '<error>'],
        ['b', '7'],
      ],
    )
  })

  test('ends no watch of tables', async () => {
    await using server = await startTestServer({ resources: [broken] })
    const watch = await server.watch(`${maps}?watch=true`, tables)
    await server.send('POST', maps, { metadata: { name: 'a' } })
    await server.clock.advance(0)
    assert.deepEqual(
      watch.frames.map(({ type }) => type),
      ['ADDED'],
    )
    assert.equal(watch.ended, false)
    watch.stop()
  })
})
