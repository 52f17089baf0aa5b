import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { get, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { silentLogger, systemClock } from '#lib'
import { anonymousAuthenticators } from '../authn/anonymous.ts'
import type { Authenticator } from '../authn/authenticator.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import { startTestServer, type TestServer } from '../server-fixture.ts'
import { makeTestCertificates, type TestCertificates } from './certificates-fixture.ts'
import type { HttpLimits } from './limits.ts'
import { type HttpsServer, serveHttps } from './serve-https.ts'

/** Lets everybody see how the server is, and nothing else. */
const healthOnly: Authorizer = {
  name: 'health',
  authorize: (asked) => ({
    kind: asked.kind === 'nonResource' ? 'allow' : 'noOpinion',
    reason: '',
  }),
  rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
}

/** Everybody who has a token may do everything. */
const anyToken: Authenticator = {
  name: 'token',
  authenticate: ({ headers }) =>
    headers.authorization ? { user: { name: 'jane', groups: [] } } : undefined,
}

const allowAll: Authorizer = {
  ...healthOnly,
  authorize: () => ({ kind: 'allow', reason: '' }),
}

let certificates: TestCertificates
let api: TestServer

async function start(limits: Partial<HttpLimits>, of = api): Promise<HttpsServer> {
  return serveHttps({
    handler: of.api.handle,
    tls: {
      key: certificates.server.key,
      certificate: certificates.server.certificate,
      clientAuthorities: certificates.authority,
    },
    address: '127.0.0.1',
    port: 0,
    limits: { drainMs: 200, lingerMs: 200, ...limits },
    clock: systemClock,
    log: silentLogger,
  })
}

/** Asks how the server is, on a connection of its own. @returns how long it took, in milliseconds. */
async function livezMs(port: number): Promise<number> {
  const started = systemClock.monotonicMs()
  const asked = get({
    host: '127.0.0.1',
    port,
    path: '/livez',
    ca: certificates.authority,
    agent: false,
  })
  const [response] = await once(asked, 'response')
  assert.equal(await text(response), 'ok')
  return systemClock.monotonicMs() - started
}

/** Each connection announces 3 MiB, sends two of them, and then a byte now and then. */
const tricklers = `
const { connect } = require('node:tls')
const [port, count] = process.argv.slice(1).map(Number)
const head = 'POST /api/v1/namespaces/default/configmaps HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/json\\r\\nContent-Length: 3000000\\r\\n\\r\\n'
const body = Buffer.alloc(2 << 20, 0x20)
let closed = 0
for (let i = 0; i < count; i++) {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
    socket.write(head)
    socket.write(body)
    setInterval(() => socket.writable && socket.write(' '), 50).unref()
  })
  socket.on('error', () => {})
  socket.on('close', () => { if (++closed === count) { console.log('closed'); process.exit() } })
  socket.resume()
}
`

describe('clients without credentials', () => {
  before(async () => {
    certificates = await makeTestCertificates()
    api = await startTestServer({
      authenticators: anonymousAuthenticators(undefined),
      authorizer: healthOnly,
    })
  })
  after(() => api[Symbol.asyncDispose]())

  test('who send large bodies and then trickle are cut off, and take neither memory nor time', async () => {
    await using server = await start({})
    const before = process.memoryUsage()
    let highest = 0
    const waits: number[] = []
    const clients = spawn(process.execPath, ['-e', tricklers, String(server.port), '200'])
    let ended = false
    const closed = text(clients.stdout).finally(() => {
      ended = true
    })
    while (!ended) {
      waits.push(await livezMs(server.port))
      const { arrayBuffers, heapUsed } = process.memoryUsage()
      highest = Math.max(highest, arrayBuffers + heapUsed - before.arrayBuffers - before.heapUsed)
    }
    assert.equal(await closed, 'closed\n')
    // The usual wait: a machine that is busy with other things makes one or the other longer.
    const usual = waits.toSorted((a, b) => a - b)[waits.length >> 1] ?? 0
    assert.ok(usual < 1000, `/livez took ${usual} ms`)
    assert.ok(highest < 150 * 1024 * 1024, `${highest} bytes`)
  })

  test('are refused by the head of a request alone, and a small body does not end the connection', async () => {
    await using server = await start({})
    const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const head =
      'POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nHost: x\r\nContent-Length: '
    socket.write(`${head}2\r\n\r\n`)
    const [first] = await once(socket, 'data')
    assert.match(first.toString(), /^HTTP\/1\.1 401 /)
    assert.doesNotMatch(first.toString(), /connection: close/i)
    socket.write('{}')
    socket.write(`${head}3000000\r\n\r\n`)
    const [second] = await once(socket, 'data')
    assert.match(second.toString(), /connection: close/i)
    await once(socket, 'close')
  })

  test('hold so many connections and no more: the oldest of them go first', async () => {
    await using server = await start({ unknownConnections: 3 })
    const open = () => {
      const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
      socket.on('error', () => undefined)
      return socket
    }
    const first = open()
    await once(first, 'secureConnect')
    const closed = once(first, 'close')
    const others = [open(), open(), open()]
    await closed
    for (const socket of others) socket.destroy()
  })

  test('have a time for TLS and for the head of a request', async () => {
    await using server = await start({ headersTimeoutMs: 300, handshakeTimeoutMs: 300 })
    const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
    socket.on('error', () => undefined)
    socket.resume()
    await once(socket, 'secureConnect')
    socket.write('GET /livez HTTP/1.1\r\nHost: ')
    await once(socket, 'close')
  })

  test('get one round of requests on a connection of HTTP/2', async () => {
    await using server = await start({})
    const session = connectHttp2(`https://127.0.0.1:${server.port}`, {
      ca: certificates.authority,
    })
    const request = session.request({ ':path': '/livez' })
    assert.equal(await text(request), 'ok')
    await once(session, 'close')
  })

  test('who open streams to reset them are cut off', async () => {
    await using server = await start({})
    const session = connectHttp2(`https://127.0.0.1:${server.port}`, {
      ca: certificates.authority,
    })
    session.on('error', () => undefined)
    const closed = once(session, 'close').catch(() => undefined)
    for (let i = 0; i < 3_000 && !session.closed; i++) {
      const stream = session.request({ ':path': '/api/v1/pods' })
      stream.on('error', () => undefined)
      stream.close(8)
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await closed
    assert.ok((await livezMs(server.port)) < 1000)
  })
})

describe('clients that may ask', () => {
  const post = (port: number, length: number) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      path: '/api/v1/namespaces/default/configmaps',
      method: 'POST',
      ca: certificates.authority,
      agent: false,
      headers: { authorization: 'Bearer x', 'content-length': length },
    })
    asked.on('error', () => undefined)
    return asked
  }

  test('get 429 while the bodies of others fill the memory, and their turn when those have left', async () => {
    await using known = await startTestServer({
      authenticators: [anyToken],
      authorizer: allowAll,
    })
    await using server = await start({ allBodiesBytes: 100_000 }, known)
    const first = post(server.port, 90_000)
    first.write(Buffer.alloc(80_000, 0x20))
    const status = async () => {
      const asked = post(server.port, 40_000)
      asked.end(Buffer.alloc(40_000, 0x20))
      const [response] = await once(asked, 'response')
      const { 'retry-after': retryAfter } = response.headers
      return { status: response.statusCode, retryAfter, body: JSON.parse(await text(response)) }
    }
    let refused = await status()
    while (refused.status !== 429) refused = await status()
    assert.equal(refused.retryAfter, '1')
    assert.equal(refused.body.reason, 'TooManyRequests')
    assert.equal(refused.body.details.retryAfterSeconds, 1)
    first.destroy()
    while ((await status()).status === 429);
  })
})
