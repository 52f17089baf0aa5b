import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer, type TestServer } from '../../server-fixture.ts'
import { createTestTransport, type TestTransport } from '../../webhooks/transport-fixture.ts'

const kinds = '/apis/admissionregistration.k8s.io/v1'
const configMaps = '/api/v1/namespaces/default/configmaps'

interface Review {
  readonly apiVersion: string
  readonly request: {
    readonly uid: string
    readonly operation: string
    readonly dryRun: boolean
    readonly object: { readonly data?: Record<string, string>; readonly metadata: object } | null
    readonly oldObject: object | null
    readonly [field: string]: unknown
  }
}

interface Response {
  readonly allowed?: boolean
  readonly patch?: readonly object[]
  readonly [field: string]: unknown
}

/** A webhook that answers as upstream wants it. */
const answering =
  (answer: (review: Review) => Response) =>
  (review: Review): object => {
    const { patch, ...response } = answer(review)
    const { apiVersion } = review
    const encoded = patch && {
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    }
    const { uid } = review.request
    return {
      kind: 'AdmissionReview',
      apiVersion,
      response: { uid, allowed: true, ...response, ...encoded },
    }
  }
const setting = (key: string, value: string) =>
  answering(({ request }) => ({
    patch: [
      ...(request.object?.data ? [] : [{ op: 'add', path: '/data', value: {} }]),
      { op: 'add', path: `/data/${key}`, value },
    ],
  }))

const webhook = (name: string, more: object = {}) => ({
  name: `${name}.example.com`,
  clientConfig: { url: `https://hooks/${name}` },
  rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  ...more,
})

interface World extends AsyncDisposable {
  readonly server: TestServer
  readonly transport: TestTransport
  hook(name: string, answer: (review: Review) => object): void
  configure(
    kind: 'mutating' | 'validating',
    name: string,
    ...webhooks: readonly object[]
  ): Promise<void>
  create(data?: object, query?: string): ReturnType<TestServer['send']>
}

async function startWorld({ latencyMs = (): number => 0 } = {}): Promise<World> {
  const holder: { server?: TestServer } = {}
  const transport = createTestTransport(() => {
    assert.ok(holder.server)
    return holder.server.clock
  }, latencyMs)
  const server = await startTestServer({ standard: true, webhookTransport: transport })
  holder.server = server
  await server.send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'default', labels: { team: 'a' } },
  })
  return {
    server,
    transport,
    hook: (name, answer) => void transport.hooks.set(`hooks/${name}`, answer),
    async configure(kind, name, ...webhooks) {
      const wanted = kind === 'mutating' ? 'MutatingWebhook' : 'ValidatingWebhook'
      const object = {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: `${wanted}Configuration`,
        metadata: { name },
        webhooks,
      }
      const { status, body } = await server.send(
        'POST',
        `${kinds}/${wanted.toLowerCase()}configurations`,
        object,
      )
      assert.equal(status, 201, JSON.stringify(body))
    },
    create: (data = { a: '1' }, query = '') =>
      server.send('POST', `${configMaps}${query}`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c' },
        data,
      }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
    },
  }
}

test('a webhook is sent the request, and allows it', async () => {
  await using world = await startWorld()
  await world.configure('validating', 'v', webhook('ok'))
  world.hook(
    'ok',
    answering(() => ({ warnings: ['mind the gap'] })),
  )
  const { status, warnings } = await world.create()
  assert.equal(status, 201)
  assert.deepEqual(warnings, ['mind the gap'])
  const [{ body, call }] = world.transport.sent as [TestTransport['sent'][number]]
  const { uid, object, ...request } = body.request
  assert.match(uid, /^[0-9a-f-]{36}$/)
  assert.equal(object.metadata.name, 'c')
  assert.deepEqual([object.apiVersion, object.kind], ['v1', 'ConfigMap'])
  assert.deepEqual(request, {
    kind: { group: '', version: 'v1', kind: 'ConfigMap' },
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
    requestResource: { group: '', version: 'v1', resource: 'configmaps' },
    name: 'c',
    namespace: 'default',
    operation: 'CREATE',
    userInfo: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    oldObject: null,
  })
  assert.deepEqual([call.path, call.serverName], ['/ok?timeout=10s', 'hooks'])
})

test('mutating webhooks are asked by the names of their configurations, each about what the one before made', async () => {
  await using world = await startWorld()
  await world.configure('mutating', 'b', webhook('third'))
  await world.configure('mutating', 'a', webhook('second'), webhook('first'))
  for (const name of ['first', 'second', 'third']) world.hook(name, setting(name, name))
  await world.configure('validating', 'v', webhook('sees'))
  world.hook(
    'sees',
    answering(() => ({})),
  )
  const { status, body } = await world.create()
  assert.equal(status, 201)
  assert.deepEqual(body.data, { a: '1', first: 'first', second: 'second', third: 'third' })
  const seen = world.transport.sent.map(({ call, body: review }) => [
    call.path.slice(1, call.path.indexOf('?')),
    Object.keys(review.request.object.data).length,
  ])
  assert.deepEqual(seen, [
    ['second', 1],
    ['first', 2],
    ['third', 3],
    ['sees', 4],
  ])
})

const denials: readonly [name: string, response: Response, code: number, body: object][] = [
  [
    'with a message',
    { status: { message: 'not today', reason: 'Forbidden', code: 403 } },
    403,
    {
      reason: 'Forbidden',
      message: 'admission webhook "no.example.com" denied the request: not today',
    },
  ],
  [
    'with a reason alone',
    { status: { reason: 'because', code: 9999 } },
    999,
    {
      reason: 'because',
      message: 'admission webhook "no.example.com" denied the request: because',
    },
  ],
  [
    'without a word',
    {},
    400,
    { message: 'admission webhook "no.example.com" denied the request without explanation' },
  ],
  [
    'with a status of success',
    { status: { status: 'Success', code: 200, message: 'fine' } },
    400,
    { status: 'Failure', message: 'admission webhook "no.example.com" denied the request: fine' },
  ],
]
for (const kind of ['mutating', 'validating'] as const) {
  for (const [name, response, code, wanted] of denials) {
    test(`a ${kind} webhook that refuses ${name} is quoted`, async () => {
      await using world = await startWorld()
      await world.configure(kind, 'x', webhook('no'))
      world.hook(
        'no',
        answering(() => ({ ...response, allowed: false })),
      )
      const { status, body } = await world.create()
      assert.equal(status, code)
      assert.partialDeepStrictEqual(body, { status: 'Failure', code, ...wanted })
      assert.equal((await world.server.send('GET', `${configMaps}/c`)).status, 404)
    })
  }
}

const post = 'failed calling webhook "x.example.com": failed to call webhook'
const call = `${post}: Post "https://hooks/x?timeout=10s"`
const received = 'failed calling webhook "x.example.com": received invalid webhook response'
const review = (change: object) => (given: Review) => ({
  ...answering(() => ({}))(given),
  ...change,
})
const failures: readonly [
  name: string,
  answer: ((review: Review) => object) | undefined,
  why: string,
][] = [
  ['is not there', undefined, `${call}: dial tcp 203.0.113.1:443: connect: connection refused`],
  [
    'does not know the path',
    () => ({ status: 404, text: 'page not found', contentType: 'text/plain' }),
    `${post}: the server could not find the requested resource`,
  ],
  [
    'fails',
    () => ({ status: 500, text: 'ouch', contentType: 'text/plain' }),
    `${post}: an error on the server ("ouch") has prevented the request from succeeding`,
  ],
  [
    'answers nothing',
    () => ({ status: 200, text: '' }),
    `${post}: 0-length response with status code: 200 and content type: application/json`,
  ],
  [
    'answers something else',
    () => ({ kind: 'Pod', apiVersion: 'v1' }),
    `${post}: no kind "Pod" is registered for version "v1" in scheme "pkg/runtime/scheme.go:110"`,
  ],
  [
    'answers in another version',
    review({ apiVersion: 'admission.k8s.io/v1beta1' }),
    `${post}: converting (v1beta1.AdmissionReview) to (v1.AdmissionReview): unknown conversion`,
  ],
  [
    'answers with a wrong type',
    review({ response: { allowed: 'yes' } }),
    `${post}: json: cannot unmarshal string into Go struct field AdmissionResponse.response.allowed of type bool`,
  ],
  ['has no response', review({ response: undefined }), `${received}: webhook response was absent`],
  [
    'answers another request',
    review({ response: { uid: 'other', allowed: true } }),
    `${received}: expected response.uid="UID", got "other"`,
  ],
  [
    'does not say what it answers',
    ({ request }) => ({ response: { uid: request.uid, allowed: true } }),
    `${received}: expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind=`,
  ],
]
for (const kind of ['mutating', 'validating'] as const) {
  for (const [name, answer, why] of failures) {
    test(`a request is refused when its ${kind} webhook ${name}, unless that is to be ignored`, async () => {
      await using world = await startWorld()
      await world.configure(kind, 'x', webhook('x'))
      if (answer) world.hook('x', answer)
      const { status, body } = await world.create()
      const { uid } = world.transport.sent[0]?.body.request ?? {}
      assert.deepEqual(
        [status, body.reason, body.message],
        [500, 'InternalError', `Internal error occurred: ${why.replace('UID', uid)}`],
      )
      await world.server.send(
        'PATCH',
        `${kinds}/${kind}webhookconfigurations/x`,
        [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }],
        { 'content-type': 'application/json-patch+json' },
      )
      assert.equal((await world.create()).status, 201)
    })
  }
}

const patches: readonly [name: string, response: object, why: string][] = [
  [
    'that is none',
    { patchType: 'JSONPatch', patch: Buffer.from('{').toString('base64') },
    `failed calling webhook "x.example.com": received undecodable patch in webhook response: Expected property name or '}' in JSON at position 1 (line 1 column 2)`,
  ],
  [
    'of another type',
    { patchType: 'MergePatch', patch: Buffer.from('[{}]').toString('base64') },
    'failed calling webhook "x.example.com": unsupported patch type "MergePatch"',
  ],
  [
    'without its type',
    { patch: Buffer.from('[{}]').toString('base64') },
    `${received}: webhook returned response.patch but not response.patchType`,
  ],
  [
    'of nothing',
    { patchType: 'JSONPatch' },
    `${received}: webhook returned response.patchType but not response.patch`,
  ],
  [
    'that does not apply',
    {
      patchType: 'JSONPatch',
      patch: Buffer.from('[{"op":"remove","path":"/data/b"}]').toString('base64'),
    },
    "error in remove for path: '/data/b': Unable to remove nonexistent key: b: missing value",
  ],
  [
    'of what is not there',
    {
      patchType: 'JSONPatch',
      patch: Buffer.from('[{"op":"add","path":"/binaryData/b","value":""}]').toString('base64'),
    },
    'add operation does not apply: doc is missing path: "/binaryData/b": missing value',
  ],
  [
    'that makes another type of it',
    {
      patchType: 'JSONPatch',
      patch: Buffer.from('[{"op":"replace","path":"/data","value":1}]').toString('base64'),
    },
    'json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string',
  ],
]
for (const [name, response, why] of patches) {
  test(`a patch ${name} is refused`, async () => {
    await using world = await startWorld()
    await world.configure('mutating', 'x', webhook('x'))
    world.hook('x', ({ apiVersion, request: { uid } }) => ({
      ...{ kind: 'AdmissionReview', apiVersion },
      response: { uid, allowed: true, ...response },
    }))
    const { status, body } = await world.create()
    assert.deepEqual([status, body.message], [500, `Internal error occurred: ${why}`])
  })
}

test('a validating webhook may not change anything', async () => {
  await using world = await startWorld()
  await world.configure('validating', 'x', webhook('x'))
  world.hook('x', setting('b', '2'))
  const { body } = await world.create()
  assert.equal(
    body.message,
    `Internal error occurred: ${received}: validating webhook may not return response.patch`,
  )
})

test('a webhook that takes too long has failed', async () => {
  await using world = await startWorld({ latencyMs: () => 5000 })
  await world.configure('validating', 'x', webhook('x', { timeoutSeconds: 2 }))
  world.hook(
    'x',
    answering(() => ({})),
  )
  const answer = world.create()
  await world.server.clock.advance(1999)
  let isOver = false
  void answer.then(() => {
    isOver = true
  })
  await world.server.clock.settle()
  assert.equal(isOver, false)
  await world.server.clock.advance(1)
  const { body } = await answer
  assert.equal(
    body.message,
    'Internal error occurred: failed calling webhook "x.example.com": failed to call webhook: Post "https://hooks/x?timeout=2s": context deadline exceeded',
  )
})

test('validating webhooks are asked at once', async () => {
  await using world = await startWorld({ latencyMs: () => 1000 })
  await world.configure('validating', 'x', webhook('x'), webhook('y'))
  for (const name of ['x', 'y'])
    world.hook(
      name,
      answering(() => ({})),
    )
  const answer = world.create()
  await world.server.clock.advance(1000)
  assert.equal((await answer).status, 201)
})

test('a webhook that wants to be is asked again when a later one changes the object', async () => {
  await using world = await startWorld()
  const again = { reinvocationPolicy: 'IfNeeded' }
  await world.configure('mutating', 'x', webhook('counts', again), webhook('once'), webhook('adds'))
  let calls = 0
  world.hook('counts', (given) => {
    calls += 1
    return setting('calls', String(calls))(given)
  })
  world.hook(
    'once',
    answering(() => ({})),
  )
  world.hook('adds', setting('added', 'yes'))
  const { body } = await world.create()
  assert.deepEqual(body.data, { a: '1', added: 'yes', calls: '2' })
  const paths = world.transport.sent.map((each) => each.call.path.split('?')[0])
  assert.deepEqual(paths, ['/counts', '/once', '/adds', '/counts'])
})

test('nobody is asked again when nothing changes afterwards', async () => {
  await using world = await startWorld()
  await world.configure('mutating', 'x', webhook('same', { reinvocationPolicy: 'IfNeeded' }))
  world.hook('same', setting('a', '1'))
  await world.create()
  assert.equal(world.transport.sent.length, 1)
})

test('what a webhook adds gets its defaults, and is validated', async () => {
  await using world = await startWorld()
  const rules = [
    { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
  ]
  await world.configure('mutating', 'x', webhook('x', { rules }))
  await world.server.send('POST', '/api/v1/namespaces/default/serviceaccounts', {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } },
  })
  const pod = (name: string) => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
    spec: { containers: [{ name: 'a', image: 'nginx' }] },
  })
  const sidecar = { op: 'add', path: '/spec/containers/-', value: { name: 'b', image: 'x:latest' } }
  world.hook(
    'x',
    answering(() => ({ patch: [sidecar] })),
  )
  const made = await world.server.send('POST', '/api/v1/namespaces/default/pods', pod('p'))
  assert.partialDeepStrictEqual(made.body.spec.containers[1], {
    ...{ name: 'b', image: 'x:latest', imagePullPolicy: 'Always' },
    terminationMessagePath: '/dev/termination-log',
  })
  // The plugins of the server see what it added as well.
  assert.equal(made.body.spec.containers[1].volumeMounts.length, 1)
  world.hook(
    'x',
    answering(() => ({ patch: [{ ...sidecar, value: { name: 'a', image: 'x' } }] })),
  )
  const refused = await world.server.send('POST', '/api/v1/namespaces/default/pods', pod('q'))
  assert.equal(refused.status, 422)
  assert.match(refused.body.message, /spec.containers\[1\].name: Duplicate value: "a"/)
})

test('a webhook cannot make a mess of who manages which fields', async () => {
  await using world = await startWorld()
  await world.configure('mutating', 'x', webhook('x'))
  const entry = { manager: 'hook', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV2' }
  const patch = { op: 'replace', path: '/metadata/managedFields', value: [entry] }
  world.hook(
    'x',
    answering(() => ({ patch: [patch] })),
  )
  const { status, body, warnings } = await world.create()
  assert.equal(status, 201)
  assert.equal(body.metadata.managedFields[0].fieldsType, 'FieldsV1')
  assert.deepEqual(warnings, [
    '.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: invalid fieldsType "FieldsV2" in managed fields entry 0',
  ])
})

test('a dry run asks only webhooks without side effects', async () => {
  await using world = await startWorld()
  await world.configure('validating', 'x', webhook('x', { sideEffects: 'NoneOnDryRun' }))
  world.hook(
    'x',
    answering(() => ({})),
  )
  const { status } = await world.create({}, '?dryRun=All')
  assert.equal(status, 201)
  assert.equal(world.transport.sent[0]?.body.request.dryRun, true)
})

test('an update shows both objects, a deletion the old one to webhooks of both kinds', async () => {
  await using world = await startWorld()
  await world.configure('mutating', 'm', webhook('m'))
  await world.configure('validating', 'v', webhook('v'))
  for (const name of ['m', 'v'])
    world.hook(
      name,
      answering(() => ({})),
    )
  await world.create()
  const patch = { 'content-type': 'application/merge-patch+json' }
  await world.server.send('PATCH', `${configMaps}/c`, { data: { a: '2' } }, patch)
  await world.server.send('DELETE', `${configMaps}/c`)
  const seen = world.transport.sent.map(({ body: { request } }) => [
    request.operation,
    request.oldObject?.data.a,
    request.object?.data.a,
    request.options.kind,
  ])
  assert.deepEqual(seen, [
    ['CREATE', undefined, '1', 'CreateOptions'],
    ['CREATE', undefined, '1', 'CreateOptions'],
    ['UPDATE', '1', '2', 'UpdateOptions'],
    ['UPDATE', '1', '2', 'UpdateOptions'],
    ['DELETE', '2', undefined, 'DeleteOptions'],
    ['DELETE', '2', undefined, 'DeleteOptions'],
  ])
})

test('a deletion cannot be changed', async () => {
  await using world = await startWorld()
  await world.create()
  await world.configure('mutating', 'm', webhook('m'))
  world.hook(
    'm',
    answering(() => ({ patch: [{ op: 'add', path: '/data/b', value: '' }] })),
  )
  const { status, body } = await world.server.send('DELETE', `${configMaps}/c`)
  assert.deepEqual(
    [status, body.message],
    [
      500,
      'Internal error occurred: admission webhook "m.example.com" attempted to modify the object, which is not supported for this operation',
    ],
  )
})

test('configurations of admission are never subject to webhooks', async () => {
  await using world = await startWorld()
  const everything = [
    { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] },
  ]
  await world.configure('validating', 'v', webhook('nowhere', { rules: everything }))
  await world.configure('mutating', 'm', webhook('nowhere', { rules: everything }))
  const { status } = await world.server.send('DELETE', `${kinds}/validatingwebhookconfigurations/v`)
  assert.equal(status, 200)
  assert.equal(world.transport.sent.length, 0)
})

const conditions: readonly [name: string, expressions: readonly string[], want: number | string][] =
  [
    [
      'that hold',
      ['request.operation == "CREATE"', 'object.data.a == "1"', 'oldObject == null'],
      1,
    ],
    ['of which one is false', ['object.data.b == ""', 'object.data.a != "1"'], 0],
    [
      'of which one fails',
      ['object.data.b == ""', 'true'],
      `configmaps "c" is forbidden: expression 'object.data.b == ""' resulted in error: no such key: b`,
    ],
    ['about the user', ['request.userInfo.groups.exists(g, g == "system:masters")'], 1],
    ['about what the user may', ['authorizer.requestResource.check("delete").allowed()'], 1],
    [
      'about others',
      ['authorizer.serviceAccount("a", "b").group("").resource("pods").check("get").allowed()'],
      0,
    ],
  ]
for (const [name, expressions, want] of conditions) {
  test(`a webhook with conditions ${name} is asked as they say`, async () => {
    await using world = await startWorld()
    const matchConditions = expressions.map((expression, at) => ({ name: `c${at}`, expression }))
    await world.configure('validating', 'v', webhook('v', { matchConditions }))
    world.hook(
      'v',
      answering(() => ({})),
    )
    const { status, body } = await world.create()
    assert.equal(world.transport.sent.length, typeof want === 'number' ? want : 0)
    if (typeof want === 'number') assert.equal(status, 201)
    else assert.deepEqual([status, body.message], [403, want])
  })
}

test('the older version of reviews is spoken where a webhook knows only that', async () => {
  await using world = await startWorld()
  await world.configure(
    'mutating',
    'm',
    webhook('m', { admissionReviewVersions: ['v1beta1', 'v1'] }),
  )
  world.hook('m', ({ apiVersion, request }) => {
    assert.equal(apiVersion, 'admission.k8s.io/v1beta1')
    const patch = Buffer.from('[{"op":"add","path":"/data/b","value":"2"}]').toString('base64')
    // Neither uid nor type of the patch was asked for then.
    return { kind: 'AdmissionReview', apiVersion, response: { allowed: !request.dryRun, patch } }
  })
  const { body } = await world.create()
  assert.deepEqual(body.data, { a: '1', b: '2' })
})

test('a Service is dialled at one of its endpoints, by its name', async () => {
  await using world = await startWorld()
  const service = { namespace: 'default', name: 'hooks', path: '/check', port: 8443 }
  await world.configure('validating', 'v', webhook('v', { clientConfig: { service } }))
  const failed =
    'Internal error occurred: failed calling webhook "v.example.com": failed to call webhook: Post "https://hooks.default.svc:8443/check?timeout=10s"'
  assert.equal((await world.create()).body.message, `${failed}: service "hooks" not found`)
  await world.server.send('POST', '/api/v1/namespaces/default/services', {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'hooks' } },
    spec: {
      clusterIP: '10.96.0.7',
      selector: { app: 'hooks' },
      ports: [{ port: 8443, targetPort: 9443 }],
    },
  })
  assert.equal(
    (await world.create()).body.message,
    `${failed}: dial tcp 10.96.0.7:8443: connect: connection refused`,
  )
  await world.server.send('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'hooks-1', labels: { 'kubernetes.io/service-name': 'hooks' } },
    addressType: 'IPv4',
    ports: [{ port: 9443 }],
    endpoints: [
      { addresses: ['10.1.0.5'], conditions: { ready: false } },
      { addresses: ['10.1.0.6'], nodeName: 'n1' },
    ],
  })
  world.transport.hooks.set(
    'hooks.default.svc:8443/check',
    answering(() => ({})),
  )
  assert.equal((await world.create()).status, 201)
  const { place, serverName } = world.transport.sent.at(-1)?.call ?? {}
  assert.equal(serverName, 'hooks.default.svc')
  assert.deepEqual(place, {
    kind: 'endpoint',
    host: '10.1.0.6',
    port: 9443,
    nodeName: 'n1',
    dialed: '10.96.0.7:8443',
  })
})

test('parts of objects are shown as their own kind, and patched so', async () => {
  await using world = await startWorld()
  const rules = [
    {
      operations: ['UPDATE'],
      apiGroups: ['apps'],
      apiVersions: ['v1'],
      resources: ['deployments/scale'],
    },
  ]
  await world.configure('mutating', 'm', webhook('m', { rules }))
  world.hook(
    'm',
    answering(() => ({ patch: [{ op: 'replace', path: '/spec/replicas', value: 3 }] })),
  )
  const path = '/apis/apps/v1/namespaces/default/deployments'
  const labels = { app: 'web' }
  await world.server.send('POST', path, {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'b' }] } },
    },
  })
  assert.equal(world.transport.sent.length, 0)
  const patch = { 'content-type': 'application/merge-patch+json' }
  const scaled = await world.server.send(
    'PATCH',
    `${path}/web/scale`,
    { spec: { replicas: 9 } },
    patch,
  )
  assert.equal(scaled.body.spec.replicas, 3)
  const { request } = world.transport.sent[0]?.body ?? {}
  assert.deepEqual(request.kind, { group: 'autoscaling', version: 'v1', kind: 'Scale' })
  assert.deepEqual(
    [request.subResource, request.object.spec.replicas, request.oldObject.spec.replicas],
    ['scale', 9, 1],
  )
})

const labels = { app: 'web' }
const deployment = (apiVersion: string) => ({
  ...{ apiVersion, kind: 'Deployment', metadata: { name: 'web' } },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'b' }] } },
  },
})

test('a webhook sees a request in the version that its rules name, and patches that', async () => {
  await using world = await startWorld()
  const rules = (group: string, version: string) => [
    { operations: ['*'], apiGroups: [group], apiVersions: [version], resources: ['deployments'] },
  ]
  await world.configure('mutating', 'm', webhook('new', { rules: rules('apps', 'v1') }))
  await world.configure(
    'validating',
    'v',
    webhook('old', { rules: rules('extensions', 'v1beta1') }),
    webhook('exact', { rules: rules('apps', 'v1'), matchPolicy: 'Exact' }),
  )
  const replicas = [{ op: 'replace', path: '/spec/replicas', value: 4 }]
  world.hook(
    'new',
    answering(() => ({ patch: replicas })),
  )
  for (const name of ['old', 'exact'])
    world.hook(
      name,
      answering(() => ({})),
    )
  const path = '/apis/extensions/v1beta1/namespaces/default/deployments'
  const made = await world.server.send('POST', path, deployment('extensions/v1beta1'))
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.deepEqual([made.body.apiVersion, made.body.spec.replicas], ['extensions/v1beta1', 4])
  const seen = world.transport.sent.map(({ call: { path: at }, body: { request } }) => [
    at.split('?')[0],
    request.object.apiVersion,
    request.resource.group,
    request.requestResource.group,
  ])
  assert.deepEqual(seen, [
    ['/new', 'apps/v1', 'apps', 'extensions'],
    ['/old', 'extensions/v1beta1', 'extensions', 'extensions'],
  ])
})

test('a webhook is asked about connections and statuses, each as what it is', async () => {
  await using world = await startWorld()
  const resources = ['pods/exec', 'pods/status', 'pods/eviction']
  const rules = [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources }]
  await world.configure('validating', 'v', webhook('v', { rules }))
  world.hook(
    'v',
    answering(({ request }) => ({ allowed: request.operation !== 'CONNECT' })),
  )
  const { send, api } = world.server
  const pods = '/api/v1/namespaces/default/pods'
  await send('POST', '/api/v1/namespaces/default/serviceaccounts', {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } },
  })
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await send('POST', pods, { apiVersion: 'v1', kind: 'Pod', ...pod })
  const patch = { 'content-type': 'application/merge-patch+json' }
  await send('PATCH', `${pods}/p/status`, { status: { phase: 'Running' } }, patch)
  const query = new URLSearchParams('command=ls&container=c&stdout=true')
  const user = { name: 'admin', groups: ['system:masters'] }
  const request = { method: 'POST', path: `${pods}/p/exec`, query, headers: {}, user } as const
  const connection = await api.connect(request, new AbortController().signal)
  assert.ok(connection.kind === 'response')
  assert.equal(connection.response.status, 400)
  await send('POST', `${pods}/p/eviction`, {
    ...{ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } },
  })
  const seen = world.transport.sent.map(({ body: { request: asked } }) => [
    asked.operation,
    asked.subResource,
    asked.kind.kind,
    asked.object.kind,
    asked.name,
    asked.options?.kind,
  ])
  assert.deepEqual(seen, [
    ['UPDATE', 'status', 'Pod', 'Pod', 'p', 'UpdateOptions'],
    ['CONNECT', 'exec', 'PodExecOptions', 'PodExecOptions', 'p', undefined],
    ['CREATE', 'eviction', 'Eviction', 'Eviction', 'p', 'CreateOptions'],
  ])
  const { object } = world.transport.sent[1]?.body.request ?? {}
  assert.deepEqual([object.command, object.container], [['ls'], 'c'])
})
