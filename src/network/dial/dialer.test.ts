import assert from 'node:assert/strict'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { after, test } from 'node:test'
import {
  Server as GrpcServer,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import { systemClock } from '#lib'
import { type DialSubject, dialConformance } from '../conformance.ts'
import type { DialHttpRequest, HttpAnswer } from '../model/dialer.ts'
import { createDialer } from './dialer.ts'
import { goDuration, socketErrorText } from './go-errors.ts'
import { encodeRequest } from './grpc-health.ts'
import { redirectOf } from './http.ts'

const signal = new AbortController().signal
const dial = createDialer(systemClock)
const servers: Server[] = []
after(() => {
  for (const server of servers) server.close()
})

async function listening(server: Server) {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

const subject: DialSubject = {
  dial,
  serveHttp: (answers) =>
    listening(
      createHttpServer((request, response) => {
        const { status: code, headers, body } = answers[request.url ?? ''] ?? { status: 404 }
        response.writeHead(code, headers).end(body)
      }),
    ),
  closed: async () => {
    const target = await listening(createServer())
    await new Promise((resolve) => servers.pop()?.close(resolve))
    return target
  },
  silent: () => listening(createServer((socket) => socket.on('error', () => {}).unref())),
  settle: (work) => work,
}

for (const { name, run } of dialConformance) test(name, () => run(subject))

function request(target: { host: string; port: number }, more: Partial<DialHttpRequest> = {}) {
  return {
    ...target,
    scheme: 'http',
    path: '/',
    method: 'GET',
    headers: [],
    timeoutMs: 5000,
    bodyLimitBytes: 100,
    redirects: 'follow',
    ...more,
  } as const
}

test('headers go out as given, with a host of their own choice, and the connection is not kept', async () => {
  const seen: string[][] = []
  const target = await listening(
    createHttpServer((incoming, response) => {
      seen.push(incoming.rawHeaders)
      response.end()
    }),
  )
  const headers = [
    ['Host', 'example.org'],
    ['X-Twice', '1'],
    ['X-Twice', '2'],
  ] as const
  await dial.http(request(target, { headers }), signal)
  assert.deepEqual(seen[0], [...headers.flat(), 'Connection', 'close'])
  await dial.http(request(target), signal)
  assert.deepEqual(seen[1], ['Host', `127.0.0.1:${target.port}`, 'Connection', 'close'])
})

const closings: readonly [string, string, RegExp][] = [
  ['says nothing', '', /^Get "http:\/\/127\.0\.0\.1:\d+\/": EOF$/],
  [
    'speaks another protocol',
    'SSH-2.0-server\r\n',
    /transport connection broken: malformed HTTP response "SSH-2\.0-server"$/,
  ],
]
for (const [name, words, expected] of closings) {
  test(`a server that ${name} and closes is reported as Go would`, async () => {
    const target = await listening(createServer((socket) => socket.end(words)))
    const outcome = await dial.http(request(target), signal)
    assert.ok(outcome.kind === 'failed')
    assert.equal(outcome.stage, 'headers')
    assert.match(outcome.message, expected)
  })
}

test('a reset names both ends of the connection', async () => {
  const target = await listening(
    createServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
  )
  const outcome = await dial.http(request(target), signal)
  assert.match(
    outcome.kind === 'failed' ? outcome.message : '',
    /": read tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: read: connection reset by peer$/,
  )
})

test('a body that stops is an error of its own stage', async () => {
  const target = await listening(
    createServer((socket) => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf')
    }),
  )
  assert.deepEqual(await dial.http(request(target, { timeoutMs: 60 }), signal), {
    kind: 'failed',
    stage: 'body',
    message:
      'context deadline exceeded (Client.Timeout or context cancellation while reading body)',
  })
})

test('TLS to a server without TLS is said as Go says it', async () => {
  const target = await subject.serveHttp({})
  const outcome = await dial.http(request(target, { scheme: 'https' }), signal)
  assert.match(
    outcome.kind === 'failed' ? outcome.message : '',
    /^Get "https:.*": http: server gave HTTP response to HTTPS client$/,
  )
})

const answer = (code: number, location?: string): HttpAnswer => ({
  kind: 'answered',
  status: code,
  headers: location === undefined ? [] : [['location', location]],
  body: new Uint8Array(),
})
const from = request({ host: 'fd00::3', port: 8080 }, { path: '/a/b', method: 'POST' })
const redirects: readonly [string, HttpAnswer, Partial<DialHttpRequest> | undefined][] = [
  ['without a location', answer(302), undefined],
  ['of another status', answer(304, '/x'), undefined],
  ['to another protocol', answer(302, 'ftp://x/'), undefined],
  ['that is relative', answer(303, 'c?q=1'), { path: '/a/c?q=1', method: 'GET', host: 'fd00::3' }],
  ['that keeps the method', answer(308, '/x'), { path: '/x', method: 'POST', port: 8080 }],
  ['to TLS', answer(301, 'https://[fd00::3]/'), { scheme: 'https', port: 443, path: '/' }],
]
for (const [name, given, want] of redirects) {
  test(`a redirect ${name} leads ${want ? 'on' : 'nowhere'}`, () => {
    const next = redirectOf(from, given)
    assert.deepEqual(next, want && { ...from, ...want, method: want.method ?? 'GET' })
  })
}

test('a connection carries bytes both ways, half-closed too', async () => {
  const target = await listening(
    createServer({ allowHalfOpen: true }, (socket) => {
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.on('end', () => socket.end(`got ${Buffer.concat(chunks)}`))
    }),
  )
  const outcome = await dial.connect({ ...target, timeoutMs: 1000 }, signal)
  assert.ok(outcome.kind === 'connected')
  await using connection = outcome.connection
  await connection.write(Buffer.from('hello'), signal)
  await connection.end()
  const received: Uint8Array[] = []
  for await (const chunk of connection.incoming) received.push(chunk)
  assert.equal(Buffer.concat(received).toString(), 'got hello')
})

test('errors of the kernel and of names read as in Go', () => {
  const target = { host: 'web', port: 80 }
  const error = (code: string, syscall: string) => Object.assign(new Error('x'), { code, syscall })
  assert.equal(
    socketErrorText(error('EHOSTUNREACH', 'connect'), target),
    'dial tcp web:80: connect: no route to host',
  )
  assert.equal(
    socketErrorText(error('ENOTFOUND', 'getaddrinfo'), target),
    'dial tcp: lookup web: no such host',
  )
  assert.deepEqual([0, 500, 1000, 1500, 60_000, 3_605_000].map(goDuration), [
    '0s',
    '500ms',
    '1s',
    '1.5s',
    '1m0s',
    '1h0m5s',
  ])
})

type Check = (service: string) => number | { code: number; details: string } | 'never'

async function grpcServer(check: Check) {
  const server = new GrpcServer()
  const definition = {
    Check: {
      path: '/grpc.health.v1.Health/Check',
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes.subarray(2).toString(),
      responseSerialize: (value: number) => Buffer.from(value === 0 ? [] : [8, value]),
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  }
  server.addService(definition, {
    Check: (call: ServerUnaryCall<string, number>, done: sendUnaryData<number>) => {
      const result = check(call.request)
      if (typeof result === 'number') done(null, result)
      else if (result !== 'never') done(result)
    },
  })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  return { host: '127.0.0.1', port, [Symbol.dispose]: () => server.forceShutdown() }
}

const healths: readonly [string, Check, string, string][] = [
  ['serves', (name) => (name === 'db' ? 1 : 0), 'healthy', 'service healthy'],
  ['does not serve', () => 2, 'unhealthy', 'service unhealthy (responded with "NOT_SERVING")'],
  [
    'does not know the service',
    () => ({ code: status.NOT_FOUND, details: 'unknown service' }),
    'unhealthy',
    'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
  ],
  [
    'has no health service',
    () => ({ code: status.UNIMPLEMENTED, details: 'unknown method' }),
    'unhealthy',
    'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown method',
  ],
  ['hangs', () => 'never', 'unhealthy', 'timeout: health rpc did not complete within 300ms'],
]
for (const [name, check, kind, message] of healths) {
  test(`a gRPC server that ${name} is ${kind}`, async () => {
    using server = await grpcServer(check)
    const { host, port } = server
    const userAgent = 'kube-probe/1.36'
    const given = { host, port, service: 'db', userAgent, timeoutMs: name === 'hangs' ? 300 : 5000 }
    assert.deepEqual(await dial.grpcHealth(given, signal), { kind, message })
  })
}

test('a gRPC server that is not there runs into the time limit', async () => {
  const target = await subject.closed()
  const given = { ...target, service: '', userAgent: 'kube-probe/1.36', timeoutMs: 100 }
  assert.deepEqual(await dial.grpcHealth(given, signal), {
    kind: 'unhealthy',
    message: `timeout: failed to connect service "127.0.0.1:${target.port}" within 100ms: context deadline exceeded`,
  })
})

test('a long service name is encoded with a length of two bytes', () => {
  assert.deepEqual([...encodeRequest('x'.repeat(200)).subarray(0, 3)], [0x0a, 0xc8, 0x01])
  assert.equal(encodeRequest('').length, 0)
})
