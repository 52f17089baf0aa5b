import assert from 'node:assert/strict'
import { connect as connectHttp2 } from 'node:http2'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { type Clock, createChannel, KnarrError, silentLogger, sleepOn, systemClock } from '#lib'
import {
  type ApiRequest,
  type ApiResponse,
  encodedFrom,
  type Stored,
  type WatchFrame,
} from '#machinery'
import { wholeRequest } from '../request/whole-request.ts'
import { makeTestCertificates, type TestCertificates } from './certificates-fixture.ts'
import { type HttpsServer, serveHttps } from './serve-https.ts'

let certificates: TestCertificates
let server: HttpsServer
let seen: ApiRequest | undefined
let answer: (request: ApiRequest, signal: AbortSignal) => Promise<ApiResponse>

const bigMap = encodedFrom({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'big' },
  data: { text: 'x'.repeat(200_000) },
} as object as Stored)

function objectAnswer(object: object, status = 200): ApiResponse {
  return { status, headers: {}, body: { kind: 'object', value: encodedFrom(object) } }
}

async function start(clock = systemClock): Promise<HttpsServer> {
  return serveHttps({
    handler: async (request, signal) => {
      seen = await wholeRequest(request)
      return answer(seen, signal)
    },
    tls: {
      key: certificates.server.key,
      certificate: certificates.server.certificate,
      clientAuthorities: certificates.authority,
    },
    address: '127.0.0.1',
    port: 0,
    limits: { drainMs: 200 },
    clock,
    log: silentLogger,
  })
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

function ask(
  path: string,
  options: RequestOptions & { readonly body?: Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: server.port,
        path,
        ca: certificates.authority,
        agent: false,
        ...options,
      },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part) => parts.push(part))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts),
          }),
        )
      },
    )
    request.on('error', reject)
    request.end(options.body)
  })
}

describe('the HTTPS front end', () => {
  before(async () => {
    certificates = await makeTestCertificates()
    server = await start()
  })
  after(() => server[Symbol.asyncDispose]())

  test('hands over path, query, lower-case headers and body as they came', async () => {
    answer = async () => objectAnswer({ kind: 'Status' }, 201)
    const body = Buffer.from('{"a":1}')
    const { status, headers } = await ask('/api/v1/pods%2Fx?watch=0&a=b', {
      method: 'POST',
      headers: { 'X-Some': 'Thing', 'content-type': 'application/json' },
      body,
    })
    assert.equal(status, 201)
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['cache-control'], 'no-cache, private')
    assert.equal(seen?.path, '/api/v1/pods%2Fx')
    assert.equal(seen?.query.get('a'), 'b')
    assert.equal(seen?.headers['x-some'], 'Thing')
    assert.deepEqual(seen?.body?.kind === 'bytes' && Buffer.from(seen.body.bytes), body)
    assert.equal(seen?.clientCertificate, undefined)
  })

  test('tells the subject of a client certificate that the authority has signed', async () => {
    answer = async () => objectAnswer({})
    const { certificate, key } = certificates.client
    await ask('/version', { cert: certificate, key })
    assert.deepEqual(seen?.clientCertificate, {
      commonName: 'alice',
      organizations: ['team-a', 'team-b'],
    })
  })

  test('believes no certificate of another authority', async () => {
    answer = async () => objectAnswer({})
    const { client } = await makeTestCertificates()
    await ask('/version', { cert: client.certificate, key: client.key })
    assert.equal(seen?.clientCertificate, undefined)
  })

  test('refuses a body of more than 3 MiB with 413, with and without a length', async () => {
    answer = async () => objectAnswer({})
    const body = Buffer.alloc(4 * 1024 * 1024, 0x20)
    for (const headers of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
      const refused = await ask('/api/v1/pods', { method: 'POST', headers, body })
      assert.equal(refused.status, 413)
      const status = JSON.parse(refused.body.toString())
      assert.equal(status.reason, 'RequestEntityTooLarge')
      assert.equal(status.message, 'Request entity too large: limit is 3145728')
    }
  })

  test('sends a short body that comes in pieces with its length, and a long one as it comes', async () => {
    const piecesOf = (count: number) => Array.from({ length: count }, () => Buffer.alloc(1000, 'x'))
    const answerWith = (pieces: Iterable<Uint8Array>) => async (): Promise<ApiResponse> => ({
      status: 200,
      headers: {},
      body: { kind: 'pieces', contentType: 'application/yaml', pieces },
    })
    answer = answerWith(piecesOf(3))
    const short = await ask('/x')
    assert.equal(short.headers['content-length'], '3000')
    assert.equal(short.headers['content-type'], 'application/yaml')
    answer = answerWith(piecesOf(1000))
    const long = await ask('/x')
    assert.equal(long.headers['content-length'], undefined)
    assert.equal(long.body.length, 1_000_000)
    const zipped = await ask('/x', { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(zipped.headers['content-encoding'], 'gzip')
    assert.deepEqual(gunzipSync(zipped.body), long.body)
  })

  test('lets others have their turn between the pieces of a long body', async () => {
    let turns = 0
    const ticking = setInterval(() => turns++)
    let before = 0
    function* pieces() {
      for (let index = 0; index < 40; index++) {
        // Long enough for a timer to be due.
        const end = systemClock.monotonicMs() + 2
        while (systemClock.monotonicMs() < end);
        yield Buffer.alloc(64 * 1024)
        if (index === 0) before = turns
      }
    }
    answer = async () => ({
      status: 200,
      headers: {},
      body: { kind: 'pieces', contentType: 'application/json', pieces: pieces() },
    })
    await ask('/x')
    clearInterval(ticking)
    assert.ok(turns - before >= 10, `others had ${turns - before} turns`)
  })

  test('ends a watch that fails while its client is slow, and nothing else', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    const failed = Promise.withResolvers<void>()
    async function* failing(): AsyncGenerator<WatchFrame> {
      const bytes = Buffer.alloc(32 * 1024 * 1024, 'x')
      yield { type: 'ADDED', object: { bytes } } as unknown as WatchFrame
      // The client reads on when that has had its consequences.
      setImmediate(failed.resolve)
      throw new Error('the store is gone')
    }
    answer = async () => ({
      status: 200,
      headers: {},
      body: { kind: 'watch', events: failing() },
    })
    await new Promise((resolve) => {
      const sent = httpsRequest(
        { host: '127.0.0.1', port: server.port, path: '/x', ca: certificates.authority },
        (response) => {
          void failed.promise.then(() => response.resume())
          response.on('error', resolve)
          response.on('close', resolve)
        },
      )
      sent.on('error', resolve)
      sent.end()
    })
    process.off('unhandledRejection', note)
    assert.deepEqual(unhandled, [])
  })

  test('compresses what is long for those who take gzip, and only for them', async () => {
    answer = async () => ({ status: 200, headers: {}, body: { kind: 'object', value: bigMap } })
    const plain = await ask('/x')
    assert.equal(plain.headers['content-encoding'], undefined)
    const zipped = await ask('/x', { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(zipped.headers['content-encoding'], 'gzip')
    assert.deepEqual(gunzipSync(zipped.body), plain.body)
  })

  test('answers HEAD with the length and no body', async () => {
    answer = async () => objectAnswer({ a: 1 })
    const { headers, body } = await ask('/x', { method: 'HEAD' })
    assert.equal(headers['content-length'], '8')
    assert.equal(body.length, 0)
  })

  test('joins the bytes of a list and escapes warnings', async () => {
    const items = ['a', 'b'].map((name) => encodedFrom({ metadata: { name } } as object as Stored))
    answer = async () => ({
      status: 200,
      headers: {},
      warnings: ['unknown field "spec.x"'],
      body: {
        kind: 'list',
        apiVersion: 'v1',
        listKind: 'PodList',
        metadata: { resourceVersion: '7' },
        items,
      },
    })
    const { headers, body } = await ask('/x')
    assert.equal(headers.warning, '299 - "unknown field \\"spec.x\\""')
    assert.deepEqual(JSON.parse(body.toString()), {
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '7' },
      items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }],
    })
  })

  test('streams a watch line by line over HTTP/2, and stops it when the client leaves', async () => {
    const frames = createChannel<WatchFrame>(10)
    const stopped = Promise.withResolvers<void>()
    answer = async (_request, signal) => {
      signal.addEventListener('abort', () => stopped.resolve())
      return { status: 200, headers: {}, body: { kind: 'watch', events: frames } }
    }
    const session = connectHttp2(`https://127.0.0.1:${server.port}`, { ca: certificates.authority })
    const stream = session.request({ ':path': '/api/v1/pods?watch=1' })
    stream.setEncoding('utf8')
    const object = encodedFrom({ metadata: { name: 'a' } })
    frames.push({ type: 'ADDED', object })
    const [line] = await Array.fromAsync(firstOf(stream, 1))
    assert.equal(line, '{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n')
    stream.close()
    await stopped.promise
    session.close()
  })

  test('ends watches and closes when it stops, although clients stay', async () => {
    const other = await start()
    const frames = (signal: AbortSignal) => createChannel<WatchFrame>(10, { signal })
    answer = async (_request, signal) => ({
      status: 200,
      headers: {},
      body: { kind: 'watch', events: frames(signal) },
    })
    const session = connectHttp2(`https://127.0.0.1:${other.port}`, { ca: certificates.authority })
    const stream = session.request({ ':path': '/api/v1/pods?watch=1' })
    await new Promise((resolve) => stream.once('response', resolve))
    const body = text(stream)
    await other[Symbol.asyncDispose]()
    assert.equal(await body, '')
    session.destroy()
  })

  test('leaves no timer that would hold the process when it has stopped', async () => {
    const timers = new Set<Disposable>()
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => sleepOn(clock, ms, signal),
      timer(afterMs, fire) {
        const timer = systemClock.timer(afterMs, fire)
        timers.add(timer)
        return {
          [Symbol.dispose]() {
            timer[Symbol.dispose]()
            timers.delete(timer)
          },
        }
      },
    }
    const other = await start(clock)
    await other[Symbol.asyncDispose]()
    assert.equal(timers.size, 0)
  })

  test('says which port is taken', async () => {
    const taken = serveHttps({
      handler: answer,
      tls: {
        key: certificates.server.key,
        certificate: certificates.server.certificate,
        clientAuthorities: certificates.authority,
      },
      address: '127.0.0.1',
      port: server.port,
      clock: systemClock,
      log: silentLogger,
    })
    await assert.rejects(taken, (error: unknown) => {
      assert(error instanceof KnarrError)
      assert.equal(error.code, 'PortInUse')
      assert.equal(error.message, `port ${server.port} on 127.0.0.1 is in use`)
      return true
    })
  })
})

async function* firstOf(stream: AsyncIterable<string>, count: number): AsyncGenerator<string> {
  let left = count
  // Taken by hand: leaving a for-await loop would destroy the stream.
  const iterator = stream[Symbol.asyncIterator]()
  while (left-- > 0) {
    const { value } = await iterator.next()
    yield value
  }
}
