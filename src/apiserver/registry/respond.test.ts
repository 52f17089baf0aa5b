import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { apiProtobuf } from '#api'
import type { ApiResponse } from '#machinery'
import { bodyBytesOf, startTestServer, type TestServer } from '../server-fixture.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' }
const metadataList = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' }
const protobuf = { accept: 'application/vnd.kubernetes.protobuf,application/json' }

async function withMap(): Promise<TestServer> {
  const server = await startTestServer()
  await server.send('POST', maps, { metadata: { name: 'a' }, data: { x: '1' } })
  return server
}

function protobufOf({ body }: ApiResponse): Uint8Array {
  assert(body.kind === 'bytes' || body.kind === 'pieces')
  assert.equal(body.contentType, 'application/vnd.kubernetes.protobuf')
  return bodyBytesOf(body)
}

describe('answers', () => {
  test('come as a table with the metadata of each object', async () => {
    await using server = await withMap()
    await server.clock.advance(90_000)
    const { body } = await server.send('GET', maps, undefined, table)
    assert.equal(body.kind, 'Table')
    assert.equal(body.metadata.resourceVersion, '2')
    assert.equal(body.columnDefinitions[0].name, 'Name')
    assert.equal(body.rows[0].cells[0], 'a')
    assert.equal(body.rows[0].cells.at(-1), '90s')
    assert.equal(body.rows[0].object.kind, 'PartialObjectMetadata')
    const whole = await server.send('GET', `${maps}?includeObject=Object`, undefined, table)
    assert.equal(whole.body.rows[0].object.kind, 'ConfigMap')
    const none = await server.send('GET', `${maps}/a?includeObject=None`, undefined, table)
    assert.equal(none.body.rows[0].object, undefined)
    const odd = await server.send('GET', `${maps}?includeObject=Some`, undefined, table)
    assert.equal(odd.status, 400)
  })

  test('of a watch come as tables, of which only the first defines the columns', async () => {
    await using server = await withMap()
    const watch = await server.watch(`${maps}?watch=1`, table)
    await server.send('POST', maps, { metadata: { name: 'b' } })
    await server.clock.settle()
    const tables = watch.frames.map(({ object }) =>
      JSON.parse(Buffer.from(object.bytes).toString()),
    )
    assert.deepEqual(
      tables.map(({ rows, columnDefinitions }) => [rows[0].cells[0], columnDefinitions.length > 0]),
      [
        ['a', true],
        ['b', false],
      ],
    )
  })

  test('come as metadata alone', async () => {
    await using server = await withMap()
    const { body } = await server.send('GET', maps, undefined, metadataList)
    assert.equal(body.kind, 'PartialObjectMetadataList')
    assert.deepEqual(Object.keys(body.items[0]), ['kind', 'apiVersion', 'metadata'])
  })

  test('come in protobuf: objects, lists and watches', async () => {
    await using server = await withMap()
    const one = await server.send('GET', `${maps}/a`, undefined, protobuf)
    const plain = await server.send('GET', `${maps}/a`)
    assert.deepEqual(apiProtobuf.decode(protobufOf(one.response)), plain.body)
    const list = await server.send('GET', maps, undefined, protobuf)
    const decoded = apiProtobuf.decode(protobufOf(list.response)) as unknown as {
      kind: string
      metadata: object
      items: { metadata: object }[]
    }
    assert.equal(decoded.kind, 'ConfigMapList')
    assert.deepEqual(decoded.metadata, { resourceVersion: '2' })
    assert.deepEqual(decoded.items[0]?.metadata, plain.body.metadata)
    const watch = await server.send('GET', `${maps}?watch=1&timeoutSeconds=1`, undefined, protobuf)
    assert(watch.response.body.kind === 'stream')
    assert.equal(
      watch.response.body.contentType,
      'application/vnd.kubernetes.protobuf;stream=watch',
    )
    const first = await watch.response.body.chunks[Symbol.asyncIterator]().next()
    const frame = Buffer.from(first.value)
    assert.equal(frame.readUInt32BE(0), frame.length - 4)
    assert(frame.includes('ADDED'))
  })

  test('come in YAML, and indented for those who look at them', async () => {
    await using server = await withMap()
    const yaml = await server.send('GET', `${maps}/a`, undefined, { accept: 'application/yaml' })
    assert.equal(parse(yaml.body).data.x, '1')
    const curl = await server.send('GET', `${maps}/a`, undefined, { 'user-agent': 'curl/8.0' })
    assert(curl.response.body.kind === 'bytes')
    assert.match(Buffer.from(curl.response.body.bytes).toString(), /^\{\n {2}"kind": "ConfigMap"/)
  })

  test('in protobuf of many objects are made in turns with the work of others', async () => {
    await using server = await startTestServer()
    for (let index = 0; index < 200; index++) {
      await server.send('POST', maps, { metadata: { name: `m${index}` } })
    }
    let isAnswered = false
    const listed = server.send('GET', maps, undefined, protobuf)
    void listed.then(() => {
      isAnswered = true
    })
    for (let hop = 0; hop < 1000; hop++) await Promise.resolve()
    assert.equal(isAnswered, false)
    await server.clock.settle()
    const list = apiProtobuf.decode(protobufOf((await listed).response))
    assert.equal((list.items as readonly unknown[]).length, 200)
  })

  test('are refused in forms that there are not', async () => {
    await using server = await withMap()
    for (const accept of ['text/html', 'application/json;as=Table;v=v9;g=meta.k8s.io']) {
      const { status, body } = await server.send('GET', maps, undefined, { accept })
      assert.equal(status, 406)
      assert.equal(
        body.message,
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/cbor',
      )
    }
  })

  test('of what is not stored are no tables, and nothing is done for one who wants only that', async () => {
    let asked = 0
    const review = async () => {
      asked++
      return { object: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } }
    }
    await using server = await startTestServer({
      actions: { 'selfsubjectreviews.authentication.k8s.io': review },
    })
    const send = (accept: string) =>
      server.send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, { accept })
    const { status, body } = await send('application/json;as=Table;v=v1;g=meta.k8s.io')
    assert.deepEqual([status, body.reason, asked], [406, 'NotAcceptable', 0])
    assert.equal((await send(table.accept)).status, 201)
  })

  test('prefer what the client does', async () => {
    await using server = await withMap()
    const accept = 'application/yaml;q=0.5, application/json'
    const { response } = await server.send('GET', `${maps}/a`, undefined, { accept })
    assert.equal(response.body.kind, 'object')
  })

  test('of deletes are a Status even where a table is asked for', async () => {
    await using server = await withMap()
    const { body } = await server.send('DELETE', `${maps}/a`, undefined, table)
    assert.equal(body.kind, 'Status')
  })
})

test('a refusal carries the warnings that were given on the way to it', async () => {
  await using server = await startTestServer()
  const answer = await server.send('POST', '/api/v1/namespaces/default/pods?fieldValidation=Warn', {
    metadata: { name: 'p' },
    spec: { containers: [], color: 'red' },
  })
  assert.equal(answer.status, 422)
  assert.deepEqual(answer.warnings, ['unknown field "spec.color"'])
})

test('whoever changes what is warned of is warned, and nobody who changes something else', async () => {
  await using server = await startTestServer()
  const twice = [
    { name: 'A', value: '1' },
    { name: 'A', value: '2' },
  ]
  const spec = { containers: [{ name: 'c', image: 'c', env: twice }] }
  const all = '/apis/apps/v1/namespaces/default/deployments'
  const labels = { app: 'd' }
  const created = await server.send('POST', all, {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  })
  const text = [
    'spec.template.spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ]
  assert.deepEqual(created.warnings, text)
  const merge = { 'content-type': 'application/merge-patch+json' }
  const write = async (path: string, body: object) =>
    (await server.send('PATCH', `${all}/d${path}`, body, merge)).warnings
  assert.deepEqual(await write('', { metadata: { labels: { a: '1' } } }), [])
  assert.deepEqual(await write('/status', { status: { replicas: 0 } }), [])
  assert.deepEqual(await write('', { spec: { paused: true } }), text)
})

test('an update of a pod carries no warnings, as its creation does', async () => {
  await using server = await startTestServer()
  const all = '/api/v1/namespaces/default/pods'
  const nodeSelector = { 'beta.kubernetes.io/os': 'linux' }
  const spec = { containers: [{ name: 'c', image: 'c' }], nodeSelector }
  const created = await server.send('POST', all, { metadata: { name: 'p' }, spec })
  assert.equal(created.warnings.length, 1)
  const next = structuredClone(created.body)
  next.spec.containers[0].image = 'd'
  const updated = await server.send('PUT', `${all}/p`, next)
  assert.equal(updated.body.metadata.generation, 2)
  assert.deepEqual(updated.warnings, [])
})

test('what is stored while nothing acts on it is warned of, when its wish changes', async () => {
  await using server = await startTestServer()
  const all = '/apis/networking.k8s.io/v1/ingressclasses'
  const send = async (verb: 'POST' | 'PUT', body: object) =>
    (await server.send(verb, verb === 'POST' ? all : `${all}/c`, body)).warnings
  const text = [
    'IngressClass: stored, but nothing acts on it yet: no ingress controller is included',
  ]
  const parameters = { apiGroup: 'example.com', kind: 'Setting', name: 's' }
  const ingressClass = { metadata: { name: 'c' }, spec: { controller: 'example.com/c' } }
  assert.deepEqual(await send('POST', ingressClass), text)
  const labelled = { ...ingressClass, metadata: { name: 'c', labels: { a: 'b' } } }
  assert.deepEqual(await send('PUT', labelled), [])
  const wider = { ...ingressClass, spec: { ...ingressClass.spec, parameters } }
  assert.deepEqual(await send('PUT', wider), text)
})

test('every answer about a kind that is on its way out says so', async () => {
  await using server = await startTestServer()
  const all = '/api/v1/namespaces/default/endpoints'
  const text = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'
  assert.deepEqual((await server.send('GET', all)).warnings, [text])
  assert.deepEqual((await server.send('GET', `${all}/nope`)).warnings, [text])
  const created = await server.send('POST', all, { metadata: { name: 'e' } })
  assert.equal(created.warnings[0], text)
})

test('a table of a scale has the columns of a scale', async () => {
  await using server = await startTestServer()
  const all = '/apis/apps/v1/namespaces/default/deployments'
  const labels = { app: 'web' }
  await server.send('POST', all, {
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'x' }] } },
    },
  })
  const { body } = await server.send('GET', `${all}/web/scale`, undefined, {
    accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
  })
  assert.deepEqual(
    body.columnDefinitions.map(({ name }: { name: string }) => name),
    ['Name', 'Desired', 'Available', 'Age'],
  )
  assert.deepEqual(body.rows[0].cells, ['web', 3, 0, '0s'])
})

test('YAML has its keys sorted, and quotes what older readers would take for a time or a flag', async () => {
  await using server = await startTestServer()
  const all = '/api/v1/namespaces/default/configmaps'
  await server.send('POST', all, { metadata: { name: 'a' }, data: { b: 'on', a: '12' } })
  const { body } = await server.send('GET', `${all}/a`, undefined, { accept: 'application/yaml' })
  assert.match(body, /^apiVersion: v1\ndata:\n {2}a: "12"\n {2}b: "on"\nkind: ConfigMap\n/)
  assert.match(body, /\n {2}creationTimestamp: "\d{4}-/)
})
