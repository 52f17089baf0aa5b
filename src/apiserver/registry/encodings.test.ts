import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apiProtobuf } from '#api'
import type { ApiResponse } from '#machinery'
import { decodeCbor, encodeCbor } from '#machinery/codec'
import { definedWidget, startDefiningServer, widgetDefinition } from '../crd-fixture.ts'
import { bodyBytesOf, startTestServer, type TestServer } from '../server-fixture.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const secrets = '/api/v1/namespaces/default/secrets'
const widgets = '/apis/example.com/v1/namespaces/default/widgets'
const cbor = { accept: 'application/cbor' }
const fromCbor = { 'content-type': 'application/cbor' }
const partial = (encoding: string, kind = 'PartialObjectMetadata') => ({
  accept: `${encoding};as=${kind};g=meta.k8s.io;v=v1`,
})
const protobuf = 'application/vnd.kubernetes.protobuf'

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
function cborOf({ body }: ApiResponse): any {
  assert(body.kind === 'bytes' || body.kind === 'pieces')
  assert.equal(body.contentType, 'application/cbor')
  return decodeCbor(bodyBytesOf(body))
}

function metadataOf({ body }: ApiResponse) {
  assert(body.kind === 'bytes' || body.kind === 'pieces')
  assert.equal(body.contentType, protobuf)
  return apiProtobuf.decode(bodyBytesOf(body))
}

/** The chunks that a watch sends until nothing is left to do. */
async function chunksOf(
  { api, clock }: TestServer,
  target: string,
  accept: string,
  change: () => Promise<unknown>,
) {
  const [path = '', query] = target.split('?')
  const stop = new AbortController()
  const user = { name: 'admin', groups: ['system:masters'] }
  const request = { path, query: new URLSearchParams(query), headers: { accept }, user } as const
  const { body } = await api.handle({ ...request, method: 'GET' }, stop.signal)
  assert(body.kind === 'stream')
  const chunks: Uint8Array[] = []
  const read = async () => {
    for await (const chunk of body.chunks) chunks.push(chunk)
  }
  void read()
  await clock.settle()
  await change()
  await clock.settle()
  stop.abort()
  await clock.settle()
  return { contentType: body.contentType, chunks }
}

describe('CBOR', () => {
  test('is what a client may write and read objects and lists of built-in kinds in', async () => {
    await using server = await startTestServer()
    const sent = { metadata: { name: 'a' }, data: { user: 'YQ==' }, type: 'Opaque' }
    const created = await server.send('POST', secrets, encodeCbor(sent), { ...cbor, ...fromCbor })
    assert.equal(created.status, 201)
    const plain = await server.send('GET', `${secrets}/a`)
    assert.deepEqual(plain.body.data, sent.data)
    assert.deepEqual(cborOf(created.response), plain.body)
    const list = await server.send('GET', secrets, undefined, cbor)
    assert.deepEqual(cborOf(list.response), (await server.send('GET', secrets)).body)
    const gone = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } }
    const refused = await server.send('DELETE', `${secrets}/a`, encodeCbor(gone), fromCbor)
    assert.equal(refused.status, 409)
  })

  test('with bytes as such is taken for the base64 text of JSON', async () => {
    await using server = await startTestServer()
    // {"metadata": {"name": "a"}, "data": {"k": 22(h'ff00')}}
    const bytes = Buffer.from(
      'd9d9f7a2486d65746164617461a1446e616d6541614464617461a1416bd642ff00',
      'hex',
    )
    const { body } = await server.send('POST', secrets, bytes, fromCbor)
    assert.equal(body.data.k, '/wA=')
  })

  test('serves custom resources, their integers of 64 bits and applied configurations', async () => {
    await using server = await startDefiningServer()
    await server.define(widgetDefinition())
    const spec = { n: 2n ** 60n + 1n, half: 0.5 }
    const apply = { 'content-type': 'application/apply-patch+cbor' }
    const applied = await server.send(
      'PATCH',
      `${widgets}/a?fieldManager=me`,
      encodeCbor(definedWidget('a', { spec })),
      { ...cbor, ...apply },
    )
    assert.equal(applied.status, 201)
    assert.deepEqual(cborOf(applied.response).spec, spec)
    const [owner] = cborOf(applied.response).metadata.managedFields
    assert.deepEqual([owner.manager, owner.operation], ['me', 'Apply'])
    const list = await server.send('GET', widgets, undefined, cbor)
    assert.deepEqual(cborOf(list.response).items[0].spec, spec)
  })

  test('of a watch is a sequence of items', async () => {
    await using server = await startTestServer()
    const { contentType, chunks } = await chunksOf(server, `${maps}?watch=1`, cbor.accept, () =>
      server.send('POST', maps, { metadata: { name: 'a' } }),
    )
    assert.equal(contentType, 'application/cbor-seq')
    const { body } = await server.send('GET', `${maps}/a`)
    assert.deepEqual(
      chunks.map((chunk) => decodeCbor(chunk)),
      [{ type: 'ADDED', object: body }],
    )
  })

  test('of metadata alone is served, and of tables is not', async () => {
    await using server = await startTestServer()
    await server.send('POST', maps, { metadata: { name: 'a' }, data: { x: '1' } })
    const list = await server.send(
      'GET',
      maps,
      undefined,
      partial('application/cbor', 'PartialObjectMetadataList'),
    )
    const { kind, items } = cborOf(list.response)
    assert.equal(kind, 'PartialObjectMetadataList')
    assert.deepEqual(Object.keys(items[0]).toSorted(), ['apiVersion', 'kind', 'metadata'])
    const table = await server.send('GET', maps, undefined, partial('application/cbor', 'Table'))
    assert.equal(table.status, 406)
  })

  test('that cannot be read is refused in the words of upstream', async () => {
    await using server = await startTestServer()
    const send = async (bytes: string, headers = fromCbor, target = maps) => {
      const method = target === maps ? 'POST' : 'PATCH'
      const { status, body } = await server.send(method, target, Buffer.from(bytes, 'hex'), headers)
      return [status, body.message]
    }
    assert.deepEqual(await send('a2416101416102'), [
      400,
      'the object provided is unrecognized (must be of type ConfigMap): unable to determine group/version/kind: cbor: found duplicate map key "a" at map element index 1 (a2416101416102)',
    ])
    const apply = { 'content-type': 'application/apply-patch+cbor' }
    assert.deepEqual(await send('a141', apply, `${maps}/a?fieldManager=me`), [
      400,
      'error decoding YAML: unexpected EOF',
    ])
    const odd = encodeCbor({ metadata: { name: 'a' }, odd: 1 })
    const { body } = await server.send('POST', `${maps}?fieldValidation=Strict`, odd, fromCbor)
    assert.match(body.message, /strict decoding error: unknown field "odd" \(d9d9f7/)
  })
})

describe('metadata in protobuf', () => {
  test('come of objects and lists, of custom resources too', async () => {
    await using server = await startDefiningServer()
    await server.define(widgetDefinition())
    const labels = { app: 'web' }
    for (const [path, object] of [
      [maps, { metadata: { name: 'a', labels } }],
      [widgets, { ...definedWidget('a'), metadata: { name: 'a', labels } }],
    ] as const) {
      await server.send('POST', path, object)
      const { body } = await server.send('GET', `${path}/a`)
      const typeMeta = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' }
      const one = await server.send('GET', `${path}/a`, undefined, partial(protobuf))
      assert.deepEqual(metadataOf(one.response), { ...typeMeta, metadata: body.metadata })
      const accept = partial(protobuf, 'PartialObjectMetadataList')
      const list = metadataOf((await server.send('GET', path, undefined, accept)).response)
      assert.equal(list.kind, 'PartialObjectMetadataList')
      assert.deepEqual(
        (list.items as readonly { readonly metadata: unknown }[]).map(({ metadata }) => metadata),
        [body.metadata],
      )
      const table = await server.send('GET', path, undefined, partial(protobuf, 'Table'))
      assert.equal(table.status, 406)
    }
  })

  test('come in watches, each change with what it has changed', async () => {
    await using server = await startTestServer()
    const target = `${maps}?watch=1&resourceVersion=1`
    const { accept } = partial(protobuf)
    const { contentType, chunks } = await chunksOf(server, target, accept, () =>
      server.send('POST', maps, { metadata: { name: 'a' }, data: { x: '1' } }),
    )
    assert.equal(contentType, `${protobuf};stream=watch`)
    const [frame] = chunks
    assert(frame)
    const at = Buffer.from(frame).indexOf('k8s\0')
    const object = apiProtobuf.decode(frame.subarray(at))
    const { body } = await server.send('GET', `${maps}/a`)
    assert.deepEqual(object, {
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: body.metadata,
    })
  })
})

test('a watch in YAML is refused with the forms that streams have', async () => {
  await using server = await startTestServer()
  const accept = { accept: 'application/yaml' }
  const { status, body } = await server.send('GET', `${maps}?watch=1`, undefined, accept)
  assert.equal(status, 406)
  assert.equal(
    body.message,
    'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch, application/cbor-seq',
  )
})
