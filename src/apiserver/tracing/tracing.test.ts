import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ApiRequest, UserInfo } from '#machinery'
import { startTestServer, type TestServer, type TestServerOptions } from '../server-fixture.ts'
import type { WebhookCall } from '../webhooks/transport.ts'
import type { FinishedSpan } from './tracer.ts'

interface Traced {
  readonly server: TestServer
  readonly spans: FinishedSpan[]
}

async function traced(rate = 1_000_000, options: TestServerOptions = {}): Promise<Traced> {
  const spans: FinishedSpan[] = []
  const take = (span: FinishedSpan) => void spans.push(span)
  const tracing = { samplingRatePerMillion: rate, take }
  return { server: await startTestServer({ tracing, ...options }), spans }
}

const configMaps = '/api/v1/namespaces/default/configmaps'
const never = new AbortController().signal

/** Spans with what each of them is a part of, by their names. */
function tree(spans: readonly FinishedSpan[]): readonly string[] {
  const byId = new Map(spans.map((span) => [span.context.spanId, span]))
  const pathOf = (span: FinishedSpan): string => {
    const parent = byId.get(span.parentSpanId ?? '')
    return parent ? `${pathOf(parent)} > ${span.name}` : span.name
  }
  return spans.map(pathOf).toSorted()
}

const filters = 'audit > constrainedimpersonation > priorityandfairness > authorization'

describe('the trace of a request', () => {
  test('goes through the filters to the handler and the store, by upstream’s names', async () => {
    const { server, spans } = await traced()
    await using _ = server
    const body = { metadata: { name: 'a' } }
    await server.send('POST', configMaps, body, { 'audit-id': 'mine', host: 'api.example:6443' })
    const root = `authentication > POST /api/v1/namespaces/{:namespace}/configmaps > ${filters}`
    const steps = root.split(' > ').map((_, index, all) => all.slice(0, index + 1).join(' > '))
    assert.deepEqual(tree(spans), [...steps, `${root} > Create`, `${root} > Create > Create etcd3`])
    assert.equal(new Set(spans.map(({ context }) => context.traceId)).size, 1)
    const request = spans.find(({ kind }) => kind === 'server')
    assert.deepEqual(request?.attributes, {
      'server.address': 'api.example',
      'server.port': 6443,
      'http.request.method': 'POST',
      'url.scheme': 'https',
      'url.path': configMaps,
      'http.target': configMaps,
      'audit-id': 'mine',
      'http.response.status_code': 201,
    })
    const create = spans.find(({ name }) => name === 'Create')
    assert.deepEqual(
      create?.events.map(({ name }) => name),
      [
        'limitedReadBody succeeded',
        'About to store object in database',
        'About to convert to expected version',
        'Conversion done',
        'About to write a response',
      ],
    )
    const { resource, namespace, verb, scope } = create?.attributes ?? {}
    assert.deepEqual(
      [resource, namespace, verb, scope],
      ['configmaps', 'default', 'CREATE', 'resource'],
    )
    const stored = spans.find(({ name }) => name === 'Create etcd3')
    assert.equal(stored?.attributes.key, '/configmaps/default/a')
  })

  test('of each verb has what carries it out', async () => {
    const { server, spans } = await traced()
    await using _ = server
    const inner = async (...asked: Parameters<TestServer['send']>) => {
      spans.length = 0
      await server.send(...asked)
      const at = `${filters} > `
      return tree(spans).flatMap((path) => path.split(at).slice(1))
    }
    await inner('POST', configMaps, { metadata: { name: 'a' } })
    assert.deepEqual(await inner('GET', `${configMaps}/a`), ['Get', 'Get > cacher.Get'])
    assert.deepEqual(await inner('GET', configMaps), ['List', 'List > cacher.GetList'])
    const updated = { metadata: { name: 'a' }, data: { b: 'c' } }
    assert.deepEqual(await inner('PUT', `${configMaps}/a`, updated), [
      'Update',
      'Update > GuaranteedUpdate etcd3',
    ])
    const merge = { 'content-type': 'application/merge-patch+json' }
    assert.deepEqual(await inner('PATCH', `${configMaps}/a`, { data: { b: 'd' } }, merge), [
      'Patch',
      'Patch > GuaranteedUpdate etcd3',
    ])
    assert.deepEqual(await inner('DELETE', `${configMaps}/a`), ['Delete'])
    assert.deepEqual(await inner('GET', '/version'), [])
    assert.ok(tree(spans).includes('authentication > GET'), 'a path is called by its method')
  })

  test('of a watch ends with the watch, and what fails on our side is marked', async () => {
    const broken = {
      name: 'broken',
      authorize: () => {
        throw new TypeError('oh no')
      },
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
    }
    const { server, spans } = await traced()
    await using _ = server
    const watch = await server.watch(`${configMaps}?watch=true`)
    assert.equal(spans.length, 0)
    await server.clock.advance(5_000)
    watch.stop()
    await server.clock.advance(0)
    const request = spans.find(({ kind }) => kind === 'server')
    assert.equal((request?.endMs ?? 0) - (request?.startMs ?? 0), 5_000)
    assert.equal(request?.error, undefined)
    const other = await traced(1_000_000, { authorizer: broken })
    await using _other = other.server
    await other.server.send('GET', configMaps)
    assert.equal(other.spans.find(({ kind }) => kind === 'server')?.error, '')
  })
})

describe('whose trace a request belongs to', () => {
  const remote = '4bf92f3577b34da6a3ce929d0e0e4736'
  const headers = { traceparent: `00-${remote}-00f067aa0ba902b7-01`, tracestate: 'a=b' }
  const asked: ApiRequest = {
    ...{ method: 'GET', path: configMaps, query: new URLSearchParams(), headers },
  }
  const as = (user: UserInfo) => ({
    authenticators: [{ name: 'test', authenticate: () => ({ user }) }],
  })

  test('is for an administrator to say, and nothing else is sampled at a rate of 0', async () => {
    const { server, spans } = await traced(0, as({ name: 'a', groups: ['system:masters'] }))
    await using _ = server
    await server.api.handle({ ...asked, headers: {} }, never)
    assert.equal(spans.length, 0)
    await server.api.handle(asked, never)
    const request = spans.find(({ kind }) => kind === 'server')
    assert.equal(request?.context.traceId, remote)
    assert.equal(request?.context.traceState, 'a=b')
    assert.equal(request?.parentSpanId, '00f067aa0ba902b7')
  })

  test('is not for others: theirs is a trace of its own, linked to the one that they name', async () => {
    const jane = as({ name: 'jane', groups: ['system:authenticated'] })
    const { server, spans } = await traced(1_000_000, jane)
    await using _ = server
    await server.api.handle(asked, never)
    const request = spans.find(({ kind }) => kind === 'server')
    assert.notEqual(request?.context.traceId, remote)
    assert.deepEqual([request?.parentSpanId, request?.links[0]?.traceId], [undefined, remote])
    const quiet = await traced(0, jane)
    await using _quiet = quiet.server
    await quiet.server.api.handle(asked, never)
    assert.equal(quiet.spans.length, 0)
  })
})

test('a webhook is told of the trace, as a call of its own', async () => {
  const calls: WebhookCall[] = []
  const webhookTransport = {
    post: async (call: WebhookCall) => {
      calls.push(call)
      const { request } = JSON.parse(Buffer.from(call.body).toString())
      const review = {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: request.uid, allowed: true },
      }
      const body = Buffer.from(JSON.stringify(review))
      return { status: 200, contentType: 'application/json', body }
    },
  }
  const { server, spans } = await traced(1_000_000, { standard: true, webhookTransport })
  await using _ = server
  const hooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
  const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }
  await server.send('POST', hooks, {
    metadata: { name: 'hooks' },
    webhooks: [
      {
        name: 'one.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        clientConfig: { url: 'https://hook.example:8443/check' },
        rules: [{ ...rule, operations: ['CREATE'] }],
      },
    ],
  })
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  spans.length = 0
  await server.send('POST', configMaps, { metadata: { name: 'a' } })
  const webhook = spans.find(({ name }) => name === 'Call validating webhook')
  const { UID: uid, ...about } = webhook?.attributes ?? {}
  assert.equal(typeof uid, 'string')
  assert.deepEqual(about, {
    configuration: 'hooks',
    webhook: 'one.example.com',
    resource: '/v1, Resource=configmaps',
    subresource: '',
    operation: 'CREATE',
  })
  const call = spans.find(({ kind }) => kind === 'client')
  assert.deepEqual([call?.name, call?.parentSpanId], ['HTTP POST', webhook?.context.spanId])
  const { traceId = '', spanId = '' } = call?.context ?? {}
  assert.deepEqual(calls.at(-1)?.headers, { traceparent: `00-${traceId}-${spanId}-01` })
})
