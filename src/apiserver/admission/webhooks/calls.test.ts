import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestTransport } from '../../webhooks/transport-fixture.ts'
import {
  admissionRoot,
  answering,
  configuredWebhook,
  mapsPath,
  type Response,
  received,
  startWorld,
  type TestReview,
} from './webhooks-fixture.ts'

test('a webhook is sent the request, and allows it', async () => {
  await using world = await startWorld()
  await world.configure('validating', 'v', configuredWebhook('ok'))
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
      await world.configure(kind, 'x', configuredWebhook('no'))
      world.hook(
        'no',
        answering(() => ({ ...response, allowed: false })),
      )
      const { status, body } = await world.create()
      assert.equal(status, code)
      assert.partialDeepStrictEqual(body, { status: 'Failure', code, ...wanted })
      assert.equal((await world.server.send('GET', `${mapsPath}/c`)).status, 404)
    })
  }
}

const post = 'failed calling webhook "x.example.com": failed to call webhook'
const call = `${post}: Post "https://hooks/x?timeout=10s"`
const review = (change: object) => (given: TestReview) => ({
  ...answering(() => ({}))(given),
  ...change,
})
const failures: readonly [
  name: string,
  answer: ((review: TestReview) => object) | undefined,
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
      await world.configure(kind, 'x', configuredWebhook('x'))
      if (answer) world.hook('x', answer)
      const { status, body } = await world.create()
      const { uid } = world.transport.sent[0]?.body.request ?? {}
      assert.deepEqual(
        [status, body.reason, body.message],
        [500, 'InternalError', `Internal error occurred: ${why.replace('UID', uid)}`],
      )
      await world.server.send(
        'PATCH',
        `${admissionRoot}/${kind}webhookconfigurations/x`,
        [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }],
        { 'content-type': 'application/json-patch+json' },
      )
      assert.equal((await world.create()).status, 201)
    })
  }
}

test('a webhook that takes too long has failed', async () => {
  await using world = await startWorld({ latencyMs: () => 5000 })
  await world.configure('validating', 'x', configuredWebhook('x', { timeoutSeconds: 2 }))
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
  await world.configure('validating', 'x', configuredWebhook('x'), configuredWebhook('y'))
  for (const name of ['x', 'y'])
    world.hook(
      name,
      answering(() => ({})),
    )
  const answer = world.create()
  await world.server.clock.advance(1000)
  assert.equal((await answer).status, 201)
})

test('a dry run asks only webhooks without side effects', async () => {
  await using world = await startWorld()
  await world.configure('validating', 'x', configuredWebhook('x', { sideEffects: 'NoneOnDryRun' }))
  world.hook(
    'x',
    answering(() => ({})),
  )
  const { status } = await world.create({}, '?dryRun=All')
  assert.equal(status, 201)
  assert.equal(world.transport.sent[0]?.body.request.dryRun, true)
})

test('the older version of reviews is spoken where a webhook knows only that', async () => {
  await using world = await startWorld()
  await world.configure(
    'mutating',
    'm',
    configuredWebhook('m', { admissionReviewVersions: ['v1beta1', 'v1'] }),
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
  await world.configure('validating', 'v', configuredWebhook('v', { clientConfig: { service } }))
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
