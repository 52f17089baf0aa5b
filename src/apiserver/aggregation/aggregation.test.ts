import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiRequest, NodeApi } from '#machinery'
import { startTestServer } from '../server-fixture.ts'
import type { FinishedSpan } from '../tracing/tracer.ts'

const services = '/apis/apiregistration.k8s.io/v1/apiservices'
const name = 'v1.toys.example.com'
const spec = {
  group: 'toys.example.com',
  version: 'v1',
  service: { namespace: 'default', name: 'toys' },
  groupPriorityMinimum: 100,
  versionPriority: 10,
}
const never = new AbortController().signal
const outside: ApiRequest = {
  method: 'GET',
  path: '/apis/toys.example.com/v1/toys',
  query: new URLSearchParams(),
  headers: {},
  user: { name: 'jane', groups: ['system:masters'] },
  isFromOutside: true,
}

/** A node behind which a server answers each request with the same list of resources. */
function nodeWithServer(heads: string[]): NodeApi {
  const body = JSON.stringify({
    kind: 'APIResourceList',
    resources: [
      { name: 'toys', singularName: 'toy', namespaced: true, kind: 'Toy', verbs: ['get'] },
    ],
  })
  return {
    async connect() {
      const { promise, resolve } = Promise.withResolvers<Uint8Array>()
      return {
        input: {
          async write(bytes) {
            heads.push(Buffer.from(bytes).toString())
            const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
            resolve(Buffer.from(head + body))
          },
          end: () => undefined,
        },
        output: (async function* () {
          yield await promise
        })(),
        close: () => undefined,
      }
    },
  } as Partial<NodeApi> as NodeApi
}

test('why a server is not available is said as upstream does, step by step', async () => {
  const heads: string[] = []
  const spans: FinishedSpan[] = []
  const tracing = {
    samplingRatePerMillion: 1_000_000,
    take: (span: FinishedSpan) => void spans.push(span),
  }
  const nodes = async () => nodeWithServer(heads)
  await using server = await startTestServer({ nodes, tracing })
  const { send, clock } = server
  const condition = async () => {
    await clock.settle()
    await clock.advance(20)
    const { body } = await send('GET', `${services}/${name}`)
    const [{ status, reason, message }] = body.status.conditions
    return `${status} ${reason}: ${message}`
  }
  await send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  const created = await send('POST', services, { metadata: { name }, spec })
  assert.equal(created.status, 201, created.body.message)
  assert.equal(created.body.spec.service.port, 443)
  assert.equal(await condition(), 'False ServiceNotFound: service/toys in "default" is not present')
  const refused = await server.api.handle(outside, never)
  assert.equal(refused.status, 503)
  assert.ok(refused.body.kind === 'bytes')
  assert.equal(Buffer.from(refused.body.bytes).toString(), 'service unavailable\n')
  assert.equal((await send('GET', outside.path)).body.reason, 'ServiceUnavailable')

  const path = '/api/v1/namespaces/default/services'
  const port = (number: number) => ({
    metadata: { name: 'toys' },
    spec: { ports: [{ name: 'https', port: number }] },
  })
  await send('POST', path, port(80))
  assert.equal(
    await condition(),
    'False ServicePortError: service/toys in "default" is not listening on port 443',
  )
  const merge = { 'content-type': 'application/merge-patch+json' }
  await send('PATCH', `${path}/toys`, port(443), merge)
  assert.equal(
    await condition(),
    'False EndpointsNotFound: cannot find endpointslices for service/toys in "default"',
  )
  const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'
  const slice = (endpoints: readonly object[]) => ({
    metadata: { name: 'toys-1', labels: { 'kubernetes.io/service-name': 'toys' } },
    addressType: 'IPv4',
    endpoints,
    ports: [{ name: 'https', port: 8443, protocol: 'TCP' }],
  })
  await send('POST', slices, slice([]))
  assert.equal(
    await condition(),
    'False MissingEndpoints: endpointslices for service/toys in "default" have no addresses with port name "https"',
  )
  await send(
    'PATCH',
    `${slices}/toys-1`,
    slice([{ addresses: ['10.1.2.3'], nodeName: 'a' }]),
    merge,
  )
  for (let i = 0; i < 50 && !(await condition()).startsWith('True'); i++)
    await new Promise(setImmediate)
  assert.equal(await condition(), 'True Passed: all checks passed')
  assert.match(heads[0] ?? '', /^GET \/apis\/toys\.example\.com\/v1 HTTP\/1\.1\r\n/)
  assert.match(heads[0] ?? '', /X-Remote-User: system:kube-aggregator\r\n/)

  const answer = await server.api.handle(
    {
      ...outside,
      headers: { 'x-remote-user': 'root', authorization: 'Bearer secret', 'audit-id': 'mine' },
    },
    never,
  )
  assert.equal(answer.status, 200)
  const last = heads.at(-1) ?? ''
  assert.match(last, /X-Remote-User: jane\r\n/)
  assert.doesNotMatch(last, /root|secret/)
  assert.match(last, /audit-id: mine\r\n/i)
  const call = spans.find(({ kind, name: called }) => kind === 'client' && called === 'HTTP GET')
  const { traceId, spanId } = call?.context ?? {}
  assert.ok(last.includes(`traceparent: 00-${traceId}-${spanId}-01\r\n`), last)
  const groups = await send('GET', '/apis')
  assert.equal(groups.body.groups.at(-1).name, 'toys.example.com')

  const gone = await send('DELETE', `${services}/${name}`)
  assert.equal(gone.status, 200)
  await clock.settle()
  assert.equal((await server.api.handle(outside, never)).status, 404)
})

test('a local APIService is available at once, and one that becomes local is as well', async () => {
  await using server = await startTestServer()
  const { send, clock } = server
  await send('POST', services, { metadata: { name }, spec })
  await clock.settle()
  const { service: _, ...local } = spec
  await send('PATCH', `${services}/${name}`, [{ op: 'remove', path: '/spec/service' }], {
    'content-type': 'application/json-patch+json',
  })
  await clock.settle()
  const { body } = await send('GET', `${services}/${name}`)
  assert.equal(body.status.conditions[0].reason, 'Local')
  const table = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' }
  const { rows } = (await send('GET', services, undefined, table)).body
  assert.deepEqual(rows[0].cells.slice(0, 3), [name, 'Local', 'True'])
  const wrong = await send('POST', services, { metadata: { name: 'x' }, spec: local })
  assert.match(
    wrong.body.message,
    /metadata.name: Invalid value: "x": must be `spec.version\+"."\+spec.group`: "v1.toys.example.com"/,
  )
})
