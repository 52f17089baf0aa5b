import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resources } from '#api'
import type { KubeObject } from '#machinery'
import { definedVersion, startDefiningServer, widgetDefinition } from '../crd-fixture.ts'
import type { TestServer, TestServerOptions } from '../server-fixture.ts'
import { createTestTransport, type TestTransport } from '../webhooks/transport-fixture.ts'

const text = { type: 'string' }
const schemas = {
  v1: { hostPort: text },
  v2: {
    host: text,
    port: text,
    scheme: { ...text, default: 'http' },
    replicas: { type: 'integer' },
    big: { type: 'integer' },
  },
}
const version = (name: 'v1' | 'v2', storage: boolean) =>
  definedVersion(name, {
    storage,
    selectableFields: [{ jsonPath: name === 'v1' ? '.spec.hostPort' : '.spec.host' }],
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: {
          spec: { type: 'object', properties: schemas[name] },
          status: { type: 'object', properties: { phase: text } },
        },
      },
    },
    subresources: {
      status: {},
      ...(name === 'v2' && {
        scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
      }),
    },
  })
const conversion = (reviews = ['v1', 'v1beta1']) => ({
  strategy: 'Webhook',
  webhook: { clientConfig: { url: 'https://convert/widgets' }, conversionReviewVersions: reviews },
})
const definition = (storage: 'v1' | 'v2', reviews?: string[]) =>
  widgetDefinition([version('v1', storage === 'v1'), version('v2', storage === 'v2')], {
    conversion: conversion(reviews),
  })

interface Widget extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>
}

interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly request: {
    readonly uid: string
    readonly desiredAPIVersion: string
    readonly objects: readonly Widget[]
  }
}

/** `hostPort` of the first version is `host` and `port` of the second. */
function convert(object: Widget, desired: string): Widget {
  const { hostPort, host, port, ...rest } = object.spec ?? {}
  const whole = { ...object, apiVersion: desired }
  if (desired.endsWith('/v1'))
    return { ...whole, spec: { ...(host !== undefined && { hostPort: `${host}:${port}` }) } }
  const [first, second] = String(hostPort ?? '').split(':')
  return {
    ...whole,
    spec: { ...rest, ...(first && { host: first }), ...(second && { port: second }) },
  }
}

const converting = (
  { apiVersion, kind, request }: Review,
  change = (object: Widget): object => object,
) => ({
  apiVersion,
  kind,
  response: {
    uid: request.uid,
    result: { status: 'Success' },
    convertedObjects: request.objects.map((object) =>
      change(convert(object, request.desiredAPIVersion)),
    ),
  },
})

interface World extends AsyncDisposable {
  readonly server: TestServer & { define(definition: object): Promise<void> }
  readonly transport: TestTransport
  answer(with_: (review: Review) => object): void
  /** How many objects each call so far was about. */
  calls(): readonly number[]
}

async function startWorld(
  storage: 'v1' | 'v2' = 'v1',
  options: TestServerOptions = {},
): Promise<World> {
  const holder: { server?: TestServer } = {}
  const transport = createTestTransport(() => {
    assert.ok(holder.server)
    return holder.server.clock
  })
  const server = await startDefiningServer({ ...options, webhookTransport: transport })
  holder.server = server
  await server.define(definition(storage))
  const world: World = {
    server,
    transport,
    answer: (hook) => void transport.hooks.set('convert/widgets', hook),
    calls: () => transport.sent.map(({ body }) => body.request.objects.length),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
  world.answer((review) => converting(review))
  return world
}

const path = (at: 'v1' | 'v2', name = '') =>
  `/apis/example.com/${at}/namespaces/default/widgets${name && `/${name}`}`
const widget = (at: 'v1' | 'v2', name: string, spec: object) => ({
  apiVersion: `example.com/${at}`,
  kind: 'Widget',
  metadata: { name },
  spec,
})
const merge = { 'content-type': 'application/merge-patch+json' }

test('an object is read in every version, with the defaults of each, and converted once', async () => {
  await using world = await startWorld()
  const { server } = world
  await server.send('POST', path('v1'), widget('v1', 'a', { hostPort: 'h:1' }))
  assert.deepEqual(world.calls(), [])
  for (let round = 0; round < 2; round++) {
    const { body } = await server.send('GET', path('v2', 'a'))
    assert.equal(body.apiVersion, 'example.com/v2')
    assert.deepEqual(body.spec, { host: 'h', port: '1', scheme: 'http' })
  }
  assert.deepEqual((await server.send('GET', path('v1', 'a'))).body.spec, { hostPort: 'h:1' })
  assert.deepEqual(world.calls(), [1])
  const [{ call, body }] = world.transport.sent as [TestTransport['sent'][number]]
  assert.equal(call.path, '/widgets?timeout=30s')
  assert.equal(body.apiVersion, 'apiextensions.k8s.io/v1')
  assert.equal(body.request.objects[0].metadata.name, 'a')
})

test('an object is written in every version, and stored in one', async () => {
  await using world = await startWorld()
  const { server } = world
  const created = await server.send('POST', path('v2'), widget('v2', 'a', { host: 'h', port: '1' }))
  assert.equal(created.status, 201, JSON.stringify(created.body))
  assert.deepEqual(created.body.spec, { host: 'h', port: '1', scheme: 'http' })
  assert.deepEqual((await server.send('GET', path('v1', 'a'))).body.spec, { hostPort: 'h:1' })
  const patched = await server.send('PATCH', path('v2', 'a'), { spec: { port: '2' } }, merge)
  assert.deepEqual(patched.body.spec, { host: 'h', port: '2', scheme: 'http' })
  assert.equal(patched.body.metadata.generation, 2)
  const put = await server.send('PUT', path('v2', 'a'), {
    ...patched.body,
    spec: { host: 'i', port: '2' },
  })
  assert.equal(put.status, 200, JSON.stringify(put.body))
  assert.deepEqual((await server.send('GET', path('v1', 'a'))).body.spec, { hostPort: 'i:2' })
  const refused = await server.send('PATCH', path('v2', 'a'), { spec: { port: 2 } }, merge)
  assert.equal(refused.status, 422)
  const gone = await server.send('DELETE', path('v2', 'a'))
  assert.equal(gone.status, 200)
})

test('whole numbers beyond what JavaScript holds pass through a webhook', async () => {
  await using world = await startWorld('v2')
  const { server } = world
  const text = JSON.stringify(widget('v2', 'a', { host: 'h', port: '1' })).replace(
    '"port"',
    '"big":9007199254740993,"port"',
  )
  const made = await server.send('POST', path('v2'), text)
  assert.equal(made.status, 201, String(made.body.message))
  world.answer((review) =>
    converting(review, (object) => ({ ...object, spec: { hostPort: 'x:1' } })),
  )
  assert.equal((await server.send('GET', path('v1', 'a'))).status, 200)
  assert.equal(world.transport.sent.at(-1)?.body.request.objects[0].spec.big, 9007199254740993n)
})

test('status and scale of a version are converted too', async () => {
  await using world = await startWorld('v2')
  const { server } = world
  await server.send('POST', path('v2'), widget('v2', 'a', { host: 'h', port: '1', replicas: 2 }))
  const status = await server.send(
    'PATCH',
    `${path('v1', 'a')}/status`,
    { status: { phase: 'Up' } },
    merge,
  )
  assert.deepEqual(status.body.status, { phase: 'Up' })
  assert.deepEqual(status.body.spec, { hostPort: 'h:1' })
  const read = await server.send('GET', path('v2', 'a'))
  assert.deepEqual([read.body.status, read.body.spec.replicas], [{ phase: 'Up' }, 2])
  const scale = await server.send('GET', `${path('v2', 'a')}/scale`)
  assert.equal(scale.body.spec.replicas, 2)
})

test('server-side apply merges in the version that is stored', async () => {
  await using world = await startWorld()
  const { server } = world
  const headers = { 'content-type': 'application/apply-patch+yaml' }
  const apply = (spec: object) =>
    server.send('PATCH', `${path('v2', 'a')}?fieldManager=me`, widget('v2', 'a', spec), headers)
  const created = await apply({ host: 'h', port: '1' })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  const applied = await apply({ host: 'h', port: '2' })
  assert.equal(applied.status, 200)
  assert.deepEqual(applied.body.spec, { host: 'h', port: '2', scheme: 'http' })
  assert.deepEqual((await server.send('GET', path('v1', 'a'))).body.spec, { hostPort: 'h:2' })
})

test('lists of mixed versions are converted at once, and only what needs it', async () => {
  await using world = await startWorld()
  const { server } = world
  for (const name of ['a', 'b']) {
    await server.send('POST', path('v1'), widget('v1', name, { hostPort: `${name}:1` }))
  }
  await server.define(definition('v2'))
  await server.send('POST', path('v2'), widget('v2', 'c', { host: 'c', port: '1' }))
  const before = world.calls().length
  const specs = async (at: 'v1' | 'v2') =>
    (await server.send('GET', path(at))).body.items.map((item: Widget) => [
      item.apiVersion,
      item.spec,
    ])
  assert.deepEqual(
    await specs('v2'),
    ['a', 'b', 'c'].map((host) => ['example.com/v2', { host, port: '1', scheme: 'http' }]),
  )
  assert.deepEqual(world.calls().slice(before), [2])
  assert.deepEqual(
    await specs('v1'),
    ['a', 'b', 'c'].map((host) => ['example.com/v1', { hostPort: `${host}:1` }]),
  )
  assert.deepEqual(world.calls().slice(before), [2, 1])
  await specs('v1')
  await specs('v2')
  assert.deepEqual(world.calls().slice(before), [2, 1])
})

test('an object of an older version becomes one of the newer when it is written, also unchanged', async () => {
  await using world = await startWorld()
  const { server, transport } = world
  await server.send('POST', path('v1'), widget('v1', 'a', { hostPort: 'a:1' }))
  await server.define(definition('v2'))
  const { body } = await server.send('GET', path('v2', 'a'))
  const written = await server.send('PUT', path('v2', 'a'), body)
  assert.equal(written.status, 200, JSON.stringify(written.body))
  assert.notEqual(written.body.metadata.resourceVersion, body.metadata.resourceVersion)
  const again = await server.send('PUT', path('v2', 'a'), written.body)
  assert.equal(again.body.metadata.resourceVersion, written.body.metadata.resourceVersion)
  transport.hooks.clear()
  assert.equal((await server.send('GET', path('v2', 'a'))).status, 200)
})

test('a watch shows each object in its version', async () => {
  await using world = await startWorld()
  const { server } = world
  const watch = await server.watch(`${path('v2')}?watch=true`)
  await server.send('POST', path('v1'), widget('v1', 'a', { hostPort: 'a:1' }))
  await server.send('PATCH', path('v1', 'a'), { spec: { hostPort: 'b:1' } }, merge)
  await server.send('DELETE', path('v1', 'a'))
  await server.clock.settle()
  const seen = watch.frames.map(({ type, object }) => [type, (object.object as Widget).spec?.host])
  assert.deepEqual(seen, [
    ['ADDED', 'a'],
    ['MODIFIED', 'b'],
    ['DELETED', 'b'],
  ])
  watch.stop()
})

test('the fields of each version select its objects, in lists and in watches', async () => {
  await using world = await startWorld()
  const { server } = world
  for (const name of ['a', 'b', 'c']) {
    await server.send('POST', path('v1'), widget('v1', name, { hostPort: `${name}:1` }))
  }
  const names = async (target: string) =>
    (await server.send('GET', target)).body.items.map(({ metadata }: Widget) => metadata?.name)
  assert.deepEqual(await names(`${path('v2')}?fieldSelector=spec.host=b&limit=1`), ['b'])
  assert.deepEqual(await names(`${path('v2')}?fieldSelector=spec.host!=b`), ['a', 'c'])
  assert.deepEqual(await names(`${path('v1')}?fieldSelector=spec.hostPort=c:1`), ['c'])
  const { resourceVersion } = (await server.send('GET', path('v2'))).body.metadata
  const watched = `${path('v2')}?watch=true&fieldSelector=spec.host=b`
  const [later, now] = [
    await server.watch(`${watched}&resourceVersion=${resourceVersion}`),
    await server.watch(watched),
  ]
  const set = (name: string, hostPort: string) =>
    server.send('PATCH', path('v1', name), { spec: { hostPort } }, merge)
  await set('b', 'b:2')
  await set('a', 'b:1')
  await set('b', 'x:1')
  await set('c', 'd:1')
  await server.send('DELETE', path('v1', 'a'))
  await server.clock.settle()
  const seen = (watch: typeof now) =>
    watch.frames.map(
      ({ type, object }) =>
        `${type} ${object.object.metadata?.name} ${(object.object as Widget).spec?.port}`,
    )
  const changes = ['MODIFIED b 2', 'ADDED a 1', 'DELETED b 2', 'DELETED a 1']
  assert.deepEqual(seen(later), changes)
  assert.deepEqual(seen(now), ['ADDED b 1', ...changes])
  later.stop()
  now.stop()
})

test('a webhook may change labels and annotations, and nothing else of the metadata', async () => {
  await using world = await startWorld()
  const { server } = world
  world.answer((review) =>
    converting(review, ({ metadata, ...object }) => ({
      ...object,
      metadata: { ...metadata, labels: { by: 'hook' }, generation: 99, finalizers: ['a/b'] },
    })),
  )
  await server.send('POST', path('v1'), widget('v1', 'a', { hostPort: 'a:1' }))
  const { metadata } = (await server.send('GET', path('v2', 'a'))).body
  assert.deepEqual(
    [metadata.labels, metadata.generation, metadata.finalizers],
    [{ by: 'hook' }, 1, undefined],
  )
})

test('the older version of reviews is spoken where a webhook knows only that', async () => {
  await using world = await startWorld()
  const { server } = world
  await server.define(definition('v1', ['v1beta1']))
  world.answer((review) => {
    assert.equal(review.apiVersion, 'apiextensions.k8s.io/v1beta1')
    const { response } = converting(review) as { response: object }
    return { response: { ...response, uid: '' } }
  })
  await server.send('POST', path('v1'), widget('v1', 'a', { hostPort: 'a:1' }))
  assert.equal((await server.send('GET', path('v2', 'a'))).body.spec.host, 'a')
})

test('an admission webhook sees the version that its rules name, and what it adds is pruned', async () => {
  await using world = await startWorld('v2', { standard: true, resources })
  const { server, transport } = world
  const seen: unknown[] = []
  transport.hooks.set('admit/widgets', ({ apiVersion, kind, request }) => {
    seen.push([request.kind.version, request.requestKind.version, request.object.spec])
    const patch = [
      { op: 'replace', path: '/spec/hostPort', value: 'changed:9' },
      { op: 'add', path: '/spec/unknown', value: 1 },
    ]
    const encoded = Buffer.from(JSON.stringify(patch)).toString('base64')
    const response = { uid: request.uid, allowed: true, patchType: 'JSONPatch', patch: encoded }
    return { apiVersion, kind, response }
  })
  const made = await server.send(
    'POST',
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    {
      metadata: { name: 'm' },
      webhooks: [
        {
          name: 'widgets.example.com',
          clientConfig: { url: 'https://admit/widgets' },
          rules: [
            {
              ...{ operations: ['CREATE'], apiGroups: ['example.com'] },
              ...{ apiVersions: ['v1'], resources: ['widgets'] },
            },
          ],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    },
  )
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const created = await server.send('POST', path('v2'), widget('v2', 'a', { host: 'h', port: '1' }))
  assert.equal(created.status, 201, JSON.stringify(created.body))
  assert.deepEqual(created.body.spec, { host: 'changed', port: '9', scheme: 'http' })
  assert.deepEqual(seen, [['v1', 'v2', { hostPort: 'h:1' }]])
})

const of = 'conversion webhook for example.com/v1, Kind=Widget'
const changing = (change: (object: Widget) => object) => (review: Review) =>
  converting(review, change)
const responding =
  (response: object) =>
  ({ apiVersion, kind, request }: Review) => ({
    apiVersion,
    kind,
    response: {
      uid: request.uid,
      result: { status: 'Success' },
      convertedObjects: [],
      ...response,
    },
  })
const failures: readonly [name: string, answer: (review: Review) => object, message: string][] = [
  [
    'is not there',
    () => {
      throw new Error('dial tcp 10.0.0.1:443: connect: connection refused')
    },
    `${of} failed: Post "https://convert/widgets?timeout=30s": dial tcp 10.0.0.1:443: connect: connection refused`,
  ],
  [
    'says why not',
    responding({ result: { status: 'Failure', message: 'no way' } }),
    `${of} failed: no way`,
  ],
  [
    'does not say whether it could',
    responding({ result: {} }),
    `${of} failed: response.result.status was '', not 'Success'`,
  ],
  [
    'answers another request',
    responding({ uid: 'x' }),
    `${of} failed: expected response.uid="UID", got "x"`,
  ],
  [
    'does not say what it answers',
    ({ request }) => ({ response: { uid: request.uid } }),
    `${of} failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got /, Kind=`,
  ],
  ['gives nothing back', responding({}), `${of} returned 0 objects, expected 1`],
  [
    'gives back the same',
    changing((object) => ({ ...object, apiVersion: 'example.com/v1' })),
    `${of} returned invalid object at index 0: invalid groupVersion (expected example.com/v2, received example.com/v1)`,
  ],
  [
    'makes another kind of it',
    changing((object) => ({ ...object, kind: 'Gadget' })),
    `${of} returned invalid object at index 0: invalid kind (expected Widget, received Gadget)`,
  ],
  [
    'renames it',
    changing((object) => ({ ...object, metadata: { ...object.metadata, name: 'b' } })),
    `${of} returned invalid object: must have the same name: a != b`,
  ],
  [
    'labels it with what is none',
    changing((object) => ({ ...object, metadata: { ...object.metadata, labels: { a: 1 } } })),
    `${of} returned invalid metadata: metadata.labels[a] must be a string, but is int64 in converted object`,
  ],
]
for (const [name, answer, message] of failures) {
  test(`a read fails in upstream’s words when the webhook ${name}`, async () => {
    await using world = await startWorld()
    const { server, transport } = world
    world.answer(answer)
    await server.send('POST', path('v1'), widget('v1', 'a', { hostPort: 'a:1' }))
    for (const target of [path('v2', 'a'), path('v2')]) {
      const { status, body } = await server.send('GET', target)
      const { uid } = transport.sent.at(-1)?.body.request ?? {}
      assert.deepEqual(
        [status, body.reason, body.message],
        [500, undefined, message.replace('UID', uid)],
      )
    }
    assert.equal((await server.send('GET', path('v1', 'a'))).status, 200)
  })
}
