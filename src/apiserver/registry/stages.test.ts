import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bindingActions } from '../actions/binding.ts'
import { evictionAction } from '../actions/eviction.ts'
import type { Admission, AdmissionAttributes } from '../admission/admission.ts'
import { startTestServer, type TestServer } from '../server-fixture.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const pods = '/api/v1/namespaces/default/pods'
const deployments = '/apis/apps/v1/namespaces/default/deployments'
const merge = { 'content-type': 'application/merge-patch+json' }
const apply = { 'content-type': 'application/apply-patch+yaml' }

type Json = Readonly<Record<string, unknown>>

/** A plugin that merges members into every object of the verb, one level deep. */
function mutating(
  verb: AdmissionAttributes['verb'],
  changes: Readonly<Record<string, Json>>,
): Admission {
  return {
    name: 'Mutating',
    handles: (attributes) => attributes.verb === verb && attributes.subresource === '',
    mutate({ object }) {
      const members = Object.entries(changes).map(([name, members]) => [
        name,
        { ...(object as Record<string, Json>)[name], ...members },
      ])
      return { ...object, ...Object.fromEntries(members) }
    },
  }
}

function deployment(name: string) {
  const labels = { app: name }
  const spec = { containers: [{ name: 'c', image: 'nginx' }] }
  const template = { metadata: { labels }, spec }
  return { metadata: { name }, spec: { replicas: 1, selector: { matchLabels: labels }, template } }
}

describe('what a mutating plugin changes', () => {
  test('of the spec raises the generation, although the client changed none of it', async () => {
    await using server = await startTestServer({
      admission: [mutating('update', { spec: { replicas: 7 } })],
    })
    await server.send('POST', deployments, deployment('web'))
    const patch = { metadata: { labels: { a: 'b' } } }
    const { body } = await server.send('PATCH', `${deployments}/web`, patch, merge)
    assert.equal(body.spec.replicas, 7)
    assert.equal(body.metadata.generation, 2)
  })

  test('of the status is lost at the main endpoint, on create and on update', async () => {
    const status = { replicas: 9 }
    await using server = await startTestServer({
      admission: [mutating('create', { status }), mutating('update', { status })],
    })
    const created = await server.send('POST', deployments, deployment('web'))
    assert.equal(created.body.status.replicas, undefined)
    const patch = { spec: { replicas: 2 } }
    const { body } = await server.send('PATCH', `${deployments}/web`, patch, merge)
    assert.equal(body.spec.replicas, 2)
    assert.equal(body.status.replicas, undefined)
  })

  test('of the metadata that only the server sets is lost', async () => {
    const metadata = {
      uid: 'mine',
      creationTimestamp: '1999-01-01T00:00:00Z',
      resourceVersion: '77',
      labels: { kept: 'yes' },
    }
    await using server = await startTestServer({
      admission: [mutating('create', { metadata }), mutating('update', { metadata })],
    })
    const { body: created } = await server.send('POST', maps, { metadata: { name: 'a' } })
    assert.match(created.metadata.uid, /^[0-9a-f-]{36}$/)
    assert.equal(created.metadata.creationTimestamp, '2026-01-01T00:00:00Z')
    assert.deepEqual(created.metadata.labels, { kept: 'yes' })
    const { body } = await server.send('PATCH', `${maps}/a`, { data: { x: '1' } }, merge)
    assert.equal(body.metadata.uid, created.metadata.uid)
    assert.deepEqual(body.data, { x: '1' })
  })

  test('gets the defaults of what it adds', async () => {
    const containers = [{ name: 'added', image: 'nginx' }]
    await using server = await startTestServer({
      admission: [mutating('create', { spec: { containers } })],
    })
    const { body } = await server.send('POST', pods, { metadata: { name: 'p' }, spec: {} })
    assert.equal(body.spec.containers[0].terminationMessagePath, '/dev/termination-log')
  })

  test('is managed by nobody', async () => {
    await using server = await startTestServer({
      admission: [mutating('create', { data: { added: 'by plugin' } })],
    })
    const { body } = await server.send('POST', maps, { metadata: { name: 'a' }, data: { x: '1' } })
    assert.deepEqual(body.data, { x: '1', added: 'by plugin' })
    const [entry] = body.metadata.managedFields
    assert.deepEqual(entry.fieldsV1, { 'f:data': { '.': {}, 'f:x': {} } })
  })
})

describe('a create with generateName', () => {
  test('has no name for mutating plugins, and its own for validating ones', async () => {
    const names: string[] = []
    const plugin: Admission = {
      name: 'Names',
      handles: () => true,
      mutate({ name, object }) {
        names.push(`mutate ${name}/${object.metadata?.name}`)
        return object
      },
      validate: ({ name }) => void names.push(`validate ${name}`),
    }
    await using server = await startTestServer({ admission: [plugin] })
    const { body } = await server.send('POST', maps, { metadata: { generateName: 'web-' } })
    assert.deepEqual(names, ['mutate /undefined', `validate ${body.metadata.name}`])
  })

  test('still gets the defaults that follow from the name', async () => {
    await using server = await startTestServer()
    const { body } = await server.send('POST', '/api/v1/namespaces', {
      metadata: { generateName: 'n-' },
    })
    assert.deepEqual(body.metadata.labels, { 'kubernetes.io/metadata.name': body.metadata.name })
  })
})

test('an update of what the strategy puts back writes nothing, whoever managed it', async () => {
  await using server = await startTestServer()
  const path = '/api/v1/namespaces/n'
  const { body: created } = await server.send('POST', '/api/v1/namespaces', {
    metadata: { name: 'n' },
  })
  await server.clock.advance(5_000)
  const update = { ...created, spec: { finalizers: ['x/y'] }, status: { phase: 'Terminating' } }
  await server.send('PUT', path, update)
  const first = await server.send('GET', path)
  await server.clock.advance(5_000)
  const { body } = await server.send('PUT', path, {
    ...first.body,
    ...update,
    metadata: first.body.metadata,
  })
  assert.equal(body.metadata.resourceVersion, first.body.metadata.resourceVersion)
  assert.deepEqual(body.spec, created.spec)
})

describe('plugins are told the decoded options', () => {
  const asked: string[] = []
  const plugin: Admission = {
    name: 'Options',
    handles: () => true,
    validate({ verb, subresource, options, dryRun }) {
      asked.push(`${verb} ${subresource} ${JSON.stringify(options)} ${dryRun}`)
    },
  }
  interface Case {
    readonly name: string
    readonly send: Parameters<TestServer['send']>
    readonly wanted: readonly string[]
  }
  const version = '"apiVersion":"meta.k8s.io/v1"'
  const cases: readonly Case[] = [
    {
      name: 'of a create',
      send: ['POST', `${maps}?fieldManager=me&fieldValidation=Strict`, { metadata: { name: 'b' } }],
      wanted: [
        `create  {"kind":"CreateOptions",${version},"fieldManager":"me","fieldValidation":"Strict"} false`,
      ],
    },
    {
      name: 'of an update',
      send: ['PUT', `${maps}/a?dryRun=All`, { metadata: { name: 'a' } }],
      wanted: [`update  {"kind":"UpdateOptions",${version},"dryRun":["All"]} true`],
    },
    {
      name: 'of a patch, which are those of the update that it comes to',
      send: ['PATCH', `${maps}/a?fieldManager=me`, { data: { x: '2' } }, merge],
      wanted: [`update  {"kind":"UpdateOptions",${version},"fieldManager":"me"} false`],
    },
    {
      name: 'of an apply, which are those of the create that it comes to',
      send: [
        'PATCH',
        `${maps}/c?fieldManager=me&force=true`,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } },
        apply,
      ],
      wanted: [`create  {"kind":"CreateOptions",${version},"fieldManager":"me"} false`],
    },
    {
      name: 'of a delete',
      send: ['DELETE', `${maps}/a`, { propagationPolicy: 'Orphan', dryRun: ['All'] }],
      wanted: [
        `delete  {"kind":"DeleteOptions",${version},"propagationPolicy":"Orphan","dryRun":["All"]} true`,
      ],
    },
    {
      name: 'of a deletecollection, object by object',
      send: ['DELETE', `${maps}?gracePeriodSeconds=3`],
      wanted: [`delete  {"kind":"DeleteOptions",${version},"gracePeriodSeconds":3} false`],
    },
    {
      name: 'of an action',
      send: ['POST', `${pods}/p/binding?dryRun=All`, { target: { name: 'n' } }],
      wanted: [`create binding {"kind":"CreateOptions",${version},"dryRun":["All"]} true`],
    },
  ]
  for (const { name, send, wanted } of cases) {
    test(name, async () => {
      await using server = await startTestServer({ admission: [plugin], actions: bindingActions })
      await server.send('POST', maps, { metadata: { name: 'a' } })
      const spec = { containers: [{ name: 'c', image: 'nginx' }] }
      await server.send('POST', pods, { metadata: { name: 'p' }, spec })
      asked.length = 0
      const { status, body } = await server.send(...send)
      assert(status < 300, JSON.stringify(body))
      assert.deepEqual(asked, wanted)
    })
  }
})

test('what an admitted action writes and deletes is asked of no plugin again', async () => {
  const asked: string[] = []
  const plugin: Admission = {
    name: 'Asked',
    handles: () => true,
    validate: ({ verb, subresource }) => void asked.push(`${verb} ${subresource}`),
  }
  await using server = await startTestServer({
    admission: [plugin],
    actions: { ...bindingActions, 'pods/eviction': evictionAction },
  })
  const spec = { containers: [{ name: 'c', image: 'nginx' }] }
  await server.send('POST', pods, { metadata: { name: 'p' }, spec })
  asked.length = 0
  await server.send('POST', `${pods}/p/binding`, { target: { name: 'n1' } })
  await server.send('POST', `${pods}/p/eviction`, { metadata: { name: 'p' } })
  assert.deepEqual(asked, ['create binding', 'create eviction'])
  const { body } = await server.send('GET', `${pods}/p`)
  assert.equal(body.spec.nodeName, 'n1')
  assert.equal(body.metadata.deletionGracePeriodSeconds, 30)
})

test('a write tells its warnings once, however often it is tried', async () => {
  await using server = await startTestServer()
  await server.send('POST', maps, { metadata: { name: 'a' } })
  const patches = ['1', '2', '3'].map((x) =>
    server.send('PATCH', `${maps}/a`, { data: { x }, foo: 1 }, merge),
  )
  const answers = await Promise.all(patches)
  for (const { warnings } of answers) assert.deepEqual(warnings, ['unknown field "foo"'])
})
