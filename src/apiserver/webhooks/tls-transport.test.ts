import assert from 'node:assert/strict'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'node:test'
import type { ByteStream } from '#lib'
import type { NodeApi, NodeConnector } from '#machinery'
import { makeTestCertificates, type TestCertificates } from '../http/certificates-fixture.ts'
import { startTestServer } from '../server-fixture.ts'
import { createTlsTransport } from './tls-transport.ts'
import type { WebhookCall } from './transport.ts'

const certificates = makeTestCertificates(['hooks.default.svc'])
const never = new AbortController().signal

const noNodes: NodeConnector = (name) => Promise.reject(new Error(`no node ${name}`))

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Cast: it listens at a port.
  return (server.address() as AddressInfo).port
}

interface Endpoint extends AsyncDisposable {
  readonly port: number
}

async function endpoint(answer: RequestListener, { server }: TestCertificates): Promise<Endpoint> {
  const https = createServer({ cert: server.certificate, key: server.key }, answer)
  const port = await listening(https)
  return { port, [Symbol.asyncDispose]: () => closed(https) }
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

function callOf(port: number, authorities: string, more: Partial<WebhookCall> = {}): WebhookCall {
  return {
    place: { kind: 'url', host: '127.0.0.1', port },
    serverName: '127.0.0.1',
    authorities,
    path: '/hook?timeout=1s',
    authority: `127.0.0.1:${port}`,
    body: Buffer.from('{"a":1}'),
    ...more,
  }
}

const echo: RequestListener = async (request, response) => {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { method, url, headers } = request
  response.setHeader('content-type', 'application/json')
  const body = Buffer.concat(chunks).toString()
  response.end(
    JSON.stringify({ method, url, host: headers.host, type: headers['content-type'], body }),
  )
}

test('a webhook at a URL is posted to, and answers', async () => {
  const own = await certificates
  await using hook = await endpoint(echo, own)
  using transport = createTlsTransport(noNodes)
  const { post } = transport
  const answer = await post(callOf(hook.port, own.authority), never)
  assert.deepEqual([answer.status, answer.contentType], [200, 'application/json'])
  assert.deepEqual(JSON.parse(Buffer.from(answer.body).toString()), {
    method: 'POST',
    url: '/hook?timeout=1s',
    host: `127.0.0.1:${hook.port}`,
    type: 'application/json',
    body: '{"a":1}',
  })
})

const verifying = 'tls: failed to verify certificate: x509:'
const failures: readonly [
  name: string,
  answer: RequestListener,
  more: (own: TestCertificates, other: TestCertificates) => Partial<WebhookCall>,
  message: string,
][] = [
  [
    'another authority has signed',
    echo,
    (_, other) => ({ authorities: other.authority }),
    `${verifying} certificate signed by unknown authority`,
  ],
  [
    'no authority that the system trusts has signed',
    echo,
    () => ({ authorities: undefined }),
    `${verifying} certificate signed by unknown authority`,
  ],
  [
    'is of another name',
    echo,
    () => ({ serverName: 'other.default.svc' }),
    `${verifying} certificate is valid for hooks.default.svc, not other.default.svc`,
  ],
  [
    'is of another address',
    echo,
    () => ({ serverName: '10.0.0.1' }),
    `${verifying} certificate is valid for 127.0.0.1, not 10.0.0.1`,
  ],
  ['hangs up', (request) => void request.socket.destroy(), () => ({}), 'EOF'],
  [
    'never ends its answer',
    (_, response) => {
      const more = () => void response.write(Buffer.alloc(1 << 20), () => setImmediate(more))
      more()
    },
    () => ({}),
    'answer is larger than 8388608 bytes',
  ],
]
for (const [name, answer, more, message] of failures) {
  test(`a webhook whose server ${name} has failed`, async () => {
    const [own, other] = [await certificates, await makeTestCertificates()]
    await using hook = await endpoint(answer, own)
    using transport = createTlsTransport(noNodes)
    const { post } = transport
    const call = callOf(hook.port, own.authority, more(own, other))
    await assert.rejects(post(call, never), { message })
  })
}

test('what listens nowhere is refused, and a name that nobody has is not found', async () => {
  const own = await certificates
  const hook = await endpoint(echo, own)
  await hook[Symbol.asyncDispose]()
  using transport = createTlsTransport(noNodes)
  const { post } = transport
  await assert.rejects(post(callOf(hook.port, own.authority), never), {
    message: `dial tcp 127.0.0.1:${hook.port}: connect: connection refused`,
  })
  const place = { kind: 'url', host: 'nobody.invalid', port: 443 } as const
  await assert.rejects(post(callOf(0, own.authority, { place }), never), {
    message: 'dial tcp: lookup nobody.invalid: no such host',
  })
})

test('a server without encryption is told to be one', async () => {
  const own = await certificates
  const http = createHttpServer(echo)
  const port = await listening(http)
  using transport = createTlsTransport(noNodes)
  const { post } = transport
  await assert.rejects(post(callOf(port, own.authority), never), {
    message: 'http: server gave HTTP response to HTTPS client',
  })
  await closed(http)
})

test('calls of one server share a connection, and open another where it is gone', async () => {
  const own = await certificates
  const connections = new Set<unknown>()
  const https = createServer(
    { cert: own.server.certificate, key: own.server.key },
    (request, response) => {
      connections.add(request.socket)
      return echo(request, response)
    },
  )
  const port = await listening(https)
  using transport = createTlsTransport(noNodes)
  const call = callOf(port, own.authority)
  for (let time = 0; time < 3; time++) await transport.post(call, never)
  assert.equal(connections.size, 1)
  https.closeAllConnections()
  assert.equal((await transport.post(call, never)).status, 200)
  assert.equal(connections.size, 2)
  const other = { ...call, authorities: `${own.authority}\n` }
  await transport.post(other, never)
  assert.equal(connections.size, 3, 'what trusts others shares nothing')
  await closed(https)
})

test('a call that is over takes no connection from a later one', async () => {
  const own = await certificates
  await using hook = await endpoint(echo, own)
  using transport = createTlsTransport(noNodes)
  const first = new AbortController()
  await transport.post(callOf(hook.port, own.authority), first.signal)
  const second = transport.post(callOf(hook.port, own.authority), never)
  first.abort()
  assert.equal((await second).status, 200)
})

test('a call ends when nobody waits for it any more', async () => {
  const own = await certificates
  const reached = Promise.withResolvers<void>()
  await using hook = await endpoint(() => reached.resolve(), own)
  const stop = new AbortController()
  using transport = createTlsTransport(noNodes)
  const { post } = transport
  const call = post(callOf(hook.port, own.authority), stop.signal)
  await reached.promise
  stop.abort(new Error('enough'))
  await assert.rejects(call, { message: 'enough' })
})

/** A node that leads every connection to one port of this machine. */
function nodeTo(port: number, seen: unknown[]): NodeConnector {
  const api: Pick<NodeApi, 'connect'> = {
    connect(target): Promise<ByteStream> {
      seen.push(target)
      const socket = connect({ host: '127.0.0.1', port })
      return Promise.resolve({
        input: {
          write: (bytes) => new Promise((resolve) => void socket.write(bytes, () => resolve())),
          end: () => void socket.end(),
        },
        output: socket,
        close: () => void socket.destroy(),
      })
    },
  }
  // Cast: nothing else is asked.
  return () => Promise.resolve(api as NodeApi)
}

test('a Service is called over HTTPS from a node, by the name of the Service', async () => {
  const own = await certificates
  const asked: string[] = []
  const review: RequestListener = async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { apiVersion, kind, request: about } = JSON.parse(Buffer.concat(chunks).toString())
    asked.push(`${request.headers.host} ${about.operation} ${about.object.metadata.name}`)
    const status = { message: 'not this one', code: 403, reason: 'Forbidden' }
    response.end(
      JSON.stringify({ apiVersion, kind, response: { uid: about.uid, allowed: false, status } }),
    )
  }
  await using hook = await endpoint(review, own)
  const dialed: unknown[] = []
  await using server = await startTestServer({ standard: true, nodes: nodeTo(hook.port, dialed) })
  const { send } = server
  const post = async (path: string, object: object) => {
    const { status, body } = await send('POST', path, object)
    assert.equal(status, 201, JSON.stringify(body))
  }
  await post('/api/v1/namespaces', { metadata: { name: 'default' } })
  await post('/api/v1/namespaces/default/services', {
    metadata: { name: 'hooks' },
    spec: { clusterIP: '10.96.0.9', ports: [{ port: 443, targetPort: 8443 }] },
  })
  await post('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'hooks-1', labels: { 'kubernetes.io/service-name': 'hooks' } },
    addressType: 'IPv4',
    ports: [{ port: 8443 }],
    endpoints: [{ addresses: ['10.1.0.6'], nodeName: 'n1' }],
  })
  await post('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    metadata: { name: 'hooks' },
    webhooks: [
      {
        name: 'maps.example.com',
        clientConfig: {
          service: { namespace: 'default', name: 'hooks', path: '/maps' },
          caBundle: Buffer.from(own.authority).toString('base64'),
        },
        rules: [
          {
            operations: ['CREATE'],
            apiGroups: [''],
            apiVersions: ['v1'],
            resources: ['configmaps'],
          },
        ],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  })
  const { status, body } = await send('POST', '/api/v1/namespaces/default/configmaps', {
    metadata: { name: 'a' },
  })
  assert.deepEqual(
    [status, body.message],
    [403, 'admission webhook "maps.example.com" denied the request: not this one'],
  )
  assert.deepEqual(asked, ['hooks.default.svc:443 CREATE a'])
  assert.deepEqual(dialed, [{ host: '10.1.0.6', port: 8443 }])
})
