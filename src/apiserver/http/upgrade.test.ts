import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type Duplex, duplexPair } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { constants, createDeflate } from 'node:zlib'
import { WebSocket, WebSocketServer } from 'ws'
import { type ByteStream, type StreamSession, silentLogger, systemClock } from '#lib'
import type { ApiRequest, ApiResponse } from '#machinery'
import type { Connection } from '../request/connection.ts'
import { makeTestCertificates, type TestCertificates } from './certificates-fixture.ts'
import { failedAnswer } from './failed-answer.ts'
import { type HttpsServer, serveHttps } from './serve-https.ts'
import { spdyDictionary } from './spdy/dictionary.ts'
import { encodeFrame, type Frame, readFrames } from './spdy/frames.ts'
import { createPipe } from './spdy/pipe.ts'

let certificates: TestCertificates
let server: HttpsServer
let connect: (request: ApiRequest) => Promise<Connection>
let handle = async (_: ApiRequest): Promise<ApiResponse> => failedAnswer(new Error('not asked'))

/** A command that gives back its input, says `e` on stderr, notes sizes, and exits with 3. */
function echoSession(): StreamSession & { readonly sizes: string[] } {
  const stdin = createPipe()
  const stdout = createPipe()
  const sizes: string[] = []
  const run = async () => {
    for await (const chunk of stdin.output) await stdout.write(chunk)
    stdout.end()
    return { exitCode: 3 }
  }
  return {
    stdin,
    stdout: stdout.output,
    stderr: chunks('e'),
    resize: (columns, rows) => void sizes.push(`${columns}x${rows}`),
    done: run(),
    sizes,
  }
}

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

function commandConnection(session: StreamSession, tty = false): Connection {
  const options = { command: ['run', 'me'], stdin: true, stdout: true, stderr: !tty, tty }
  return { kind: 'command', session, options }
}

/** A pod whose ports answer with what they are sent in capitals; port 9 is closed. */
function portConnection(requested: readonly number[] = []): Connection {
  const open = async (port: number): Promise<ByteStream> => {
    if (port === 9) throw new Error('connection refused')
    const pipe = createPipe()
    const input = {
      write: (bytes: Uint8Array) =>
        pipe.write(Buffer.from(Buffer.from(bytes).toString().toUpperCase())),
      end: () => pipe.end(),
    }
    return { input, output: pipe.output, close: () => pipe.end() }
  }
  return { kind: 'portForward', ports: { pod: { name: 'web', uid: 'u' }, requested, open } }
}

function openWebSocket(protocols: readonly string[], path = '/api/v1/x'): WebSocket {
  return new WebSocket(`wss://127.0.0.1:${server.port}${path}`, [...protocols], {
    ca: certificates.authority,
  })
}

/** All messages of a channel joined, when the server has closed. */
async function channelsOf(socket: WebSocket): Promise<ReadonlyMap<number, string>> {
  const channels = new Map<number, string>()
  socket.on('message', (data: Buffer) => {
    const [channel = -1] = data
    channels.set(channel, (channels.get(channel) ?? '') + data.subarray(1).toString('latin1'))
  })
  await once(socket, 'close')
  return channels
}

const exitStatus = {
  metadata: {},
  status: 'Failure',
  message:
    'command terminated with non-zero exit code: error executing command [run me], exit code 3',
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: '3' }] },
}

/** What a pod that speaks WebSocket has come to after the upgrade: it gives back what it gets. */
function upgradedConnection(request: ApiRequest): Promise<Connection> {
  const [near, far] = duplexPair()
  const pods = new WebSocketServer({ noServer: true })
  const headers: string[] = []
  return new Promise((resolve) => {
    near.once('data', (head: Buffer) => {
      for (const line of head.toString().trimEnd().split('\r\n').slice(1)) {
        headers.push(...line.split(': '))
      }
      near.pause()
      resolve({ kind: 'upgraded', headers, stream: near, first: Buffer.alloc(0) })
    })
    const incoming = { method: 'GET', headers: request.headers } as IncomingMessage
    pods.handleUpgrade(incoming, far, Buffer.alloc(0), (socket) =>
      socket.on('message', (data: Buffer) => socket.send(`${data}!`)),
    )
  })
}

describe('connections that leave HTTP', () => {
  before(async () => {
    certificates = await makeTestCertificates()
    server = await serveHttps({
      handler: (request) => handle(request),
      connectHandler: (request) => connect(request),
      tls: {
        key: certificates.server.key,
        certificate: certificates.server.certificate,
        clientAuthorities: certificates.authority,
      },
      address: '127.0.0.1',
      port: 0,
      limits: { drainMs: 100 },
      clock: systemClock,
      log: silentLogger,
    })
  })
  after(() => server[Symbol.asyncDispose]())

  test('are handed on with all that is said on them where they go through a proxy', async () => {
    connect = upgradedConnection
    const path = '/api/v1/namespaces/default/pods/web/proxy/chat'
    const socket = new WebSocket(`wss://127.0.0.1:${server.port}${path}`, {
      ca: certificates.authority,
    })
    await once(socket, 'open')
    socket.send('hello')
    const [answer] = (await once(socket, 'message')) as [Buffer]
    assert.equal(answer.toString(), 'hello!')
    socket.close(1000)
    const [code] = await once(socket, 'close')
    assert.equal(code, 1000)
  })

  test('through a proxy are answered as the other end answers, whatever they would speak', async () => {
    connect = async () => ({
      kind: 'response',
      response: {
        status: 418,
        headers: { 'x-pot': 'tea' },
        body: { kind: 'stream', contentType: 'text/plain', chunks: chunks('short ', 'stout') },
      },
    })
    const request = httpsRequest({
      ...{ host: '127.0.0.1', port: server.port, ca: certificates.authority },
      path: '/api/v1/namespaces/default/services/web:80/proxy/',
      headers: { connection: 'Upgrade', upgrade: 'tea/1' },
    })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const body = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>))
    const { 'x-pot': pot, 'content-type': type } = response.headers
    assert.deepEqual(
      [response.statusCode, pot, type, body.toString()],
      [418, 'tea', 'text/plain', 'short stout'],
    )
  })

  test('a command over WebSocket version 5 ends its input and tells its exit code', async () => {
    connect = async () => commandConnection(echoSession())
    const socket = openWebSocket(['v5.channel.k8s.io', 'v4.channel.k8s.io'])
    const channels = channelsOf(socket)
    await once(socket, 'open')
    assert.equal(socket.protocol, 'v5.channel.k8s.io')
    socket.send(Buffer.from('\0hello'))
    socket.send(Buffer.from([255, 0]))
    const seen = await channels
    assert.equal(seen.get(1), 'hello')
    assert.equal(seen.get(2), 'e')
    assert.deepEqual(JSON.parse(seen.get(3) ?? ''), exitStatus)
  })

  for (const protocols of [['channel.k8s.io'], []]) {
    const name = protocols[0] ?? 'without a protocol'
    test(`a command over the oldest WebSocket (${name}) tells its failure in words`, async () => {
      const session = echoSession()
      connect = async () => commandConnection(session)
      const socket = openWebSocket(protocols)
      const channels = channelsOf(socket)
      await once(socket, 'open')
      assert.equal(socket.protocol, protocols[0] ?? '')
      socket.send(Buffer.from('\0hello'))
      session.stdin?.end()
      const seen = await channels
      assert.equal(seen.get(2), 'e')
      assert.equal(seen.get(3), exitStatus.message)
    })
  }

  test('a command over base64 channels gets and gives text', async () => {
    connect = async () => commandConnection(echoSession())
    const socket = openWebSocket(['v4.base64.channel.k8s.io'])
    const messages: string[] = []
    socket.on('message', (data: Buffer) => messages.push(data.toString()))
    await once(socket, 'open')
    socket.send(`0${Buffer.from('hello').toString('base64')}`)
    const echo = `1${Buffer.from('hello').toString('base64')}`
    while (!messages.includes(echo)) await once(socket, 'message')
    socket.close()
    assert.ok(messages.includes(`2${Buffer.from('e').toString('base64')}`))
  })

  test('a log comes over a WebSocket piece by piece, as bytes or as base64', async () => {
    handle = async ({ path }) => {
      assert.equal(path, '/api/v1/namespaces/default/pods/web/log')
      const body = {
        kind: 'stream',
        contentType: 'text/plain',
        chunks: chunks('one\n', 'two\n'),
      } as const
      return { status: 200, headers: {}, body }
    }
    for (const [protocols, decode] of [
      [['binary.k8s.io'], (text: string) => text],
      [[], (text: string) => text],
      [['base64.binary.k8s.io'], (text: string) => Buffer.from(text, 'base64').toString()],
    ] as const) {
      const socket = openWebSocket(protocols, '/api/v1/namespaces/default/pods/web/log')
      const messages: string[] = []
      socket.on('message', (data: Buffer) => messages.push(decode(data.toString())))
      const [code] = await once(socket, 'close')
      assert.deepEqual([code, messages], [1000, ['', 'one\n', 'two\n']])
    }
  })

  test('a log that is refused is answered as HTTP', async () => {
    handle = async () => failedAnswer(new Error('no such pod'))
    const socket = openWebSocket(['binary.k8s.io'], '/api/v1/namespaces/default/pods/web/log')
    socket.on('error', () => {})
    const [, response] = await once(socket, 'unexpected-response')
    assert.equal(response.statusCode, 500)
  })

  test('the size of a terminal reaches the command', async () => {
    const session = echoSession()
    connect = async () => commandConnection(session, true)
    const socket = openWebSocket(['v4.channel.k8s.io'])
    const channels = channelsOf(socket)
    await once(socket, 'open')
    socket.send(Buffer.concat([Buffer.from([4]), Buffer.from('{"Width":80,"Height":24}')]))
    socket.send(Buffer.from('\0bye'))
    session.stdin?.end()
    await channels
    assert.deepEqual(session.sizes, ['80x24'])
  })

  test('ports over WebSocket channels begin with their number', async () => {
    connect = async () => portConnection([80, 9])
    const socket = openWebSocket(['v4.channel.k8s.io'])
    const received: string[] = []
    socket.on('message', (data: Buffer) =>
      received.push(`${data[0]} ${data.toString('latin1', 1)}`),
    )
    await once(socket, 'open')
    socket.send(Buffer.from('\0abc'))
    while (!received.includes('0 ABC') || received.length < 6) await once(socket, 'message')
    socket.close()
    assert.deepEqual(received.toSorted(), [
      '0 ABC',
      '0 P\0',
      '1 P\0',
      '2 \t\0',
      '3 \t\0',
      '3 error forwarding port 9 to pod web, uid u: connection refused',
    ])
  })

  test('a refusal is answered as HTTP, with its Status', async () => {
    connect = async () => ({ kind: 'response', response: failedAnswer(new Error('no such pod')) })
    const socket = openWebSocket(['v5.channel.k8s.io'])
    socket.on('error', () => {})
    const [, response] = await once(socket, 'unexpected-response')
    assert.equal(response.statusCode, 500)
    assert.match(Buffer.concat(await Array.fromAsync(response)).toString(), /no such pod/)
  })

  test('a client that offers no known protocol is refused', async () => {
    connect = async () => commandConnection(echoSession())
    const socket = openWebSocket(['v9.channel.k8s.io'])
    socket.on('error', () => {})
    const [, response] = await once(socket, 'unexpected-response')
    assert.equal(response.statusCode, 400)
  })

  test('a command over SPDY opens a stream for each part', async () => {
    connect = async () => commandConnection(echoSession())
    const client = await openSpdy('v4.channel.k8s.io')
    for (const type of ['error', 'stdin', 'stdout', 'stderr'])
      await client.open({ streamtype: type })
    client.send({ kind: 'data', stream: 3, fin: true, bytes: Buffer.from('hello') })
    const seen = await client.received(['goAway'])
    assert.equal(seen.get(5), 'hello')
    assert.equal(seen.get(7), 'e')
    assert.deepEqual(JSON.parse(seen.get(1) ?? ''), exitStatus)
  })

  test('ports over SPDY are pairs of streams, and pings are answered', async () => {
    connect = async () => portConnection()
    const client = await openSpdy('portforward.k8s.io')
    await client.open({ streamtype: 'error', port: '80', requestid: '0' })
    await client.open({ streamtype: 'data', port: '80', requestid: '0' })
    client.send({ kind: 'data', stream: 3, fin: true, bytes: Buffer.from('abc') })
    await client.open({ streamtype: 'error', port: '9', requestid: '1' })
    await client.open({ streamtype: 'data', port: '9', requestid: '1' })
    client.send({ kind: 'ping', id: 1 })
    const seen = await client.received(['ping', 'fin 3', 'fin 5'])
    assert.equal(seen.get(3), 'ABC')
    assert.equal(seen.get(5), 'error forwarding port 9 to pod web, uid u: connection refused')
    client.close()
  })

  test('streams over SPDY that wait for the other of their pair are bounded', async () => {
    connect = async () => portConnection()
    const client = await openSpdy('portforward.k8s.io')
    // Ended at once, so that none of them counts as open.
    for (let id = 0; id < 257; id++) {
      await client.open({ streamtype: 'error', port: '80', requestid: `${id}` }, true)
    }
    await client.received(['reset'])
    client.close()
  })

  test('headers over SPDY that expand to more than any end the connection', async () => {
    connect = async () => portConnection()
    const client = await openSpdy('portforward.k8s.io')
    await client.open({ streamtype: 'x'.repeat(1_000_000) })
    await assert.rejects(client.received(['synReply']))
  })
})

interface SpdyClient {
  open(headers: Readonly<Record<string, string>>, fin?: boolean): Promise<void>
  send(frame: Exclude<Frame, { readonly kind: 'other' }>): void
  /** What each stream has received once all these have been seen: kinds of frames, or ends of streams. */
  received(until: readonly string[]): Promise<ReadonlyMap<number, string>>
  close(): void
}

/** The client's side as Kubernetes' own have it: compressed headers, odd stream numbers. */
async function openSpdy(protocol: string): Promise<SpdyClient> {
  const request = httpsRequest({
    host: '127.0.0.1',
    port: server.port,
    path: '/api/v1/x',
    method: 'POST',
    ca: certificates.authority,
    agent: false,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'SPDY/3.1',
      'X-Stream-Protocol-Version': protocol,
    },
  })
  request.end()
  const [response, socket] = (await once(request, 'upgrade')) as [{ headers: object }, Duplex]
  assert.deepEqual(
    { ...response.headers },
    {
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': protocol,
    },
  )
  const deflate = createDeflate({ dictionary: spdyDictionary })
  const frames = readFrames(socket)
  let next = 1
  const send: SpdyClient['send'] = (frame) => void socket.write(encodeFrame(frame))
  return {
    async open(headers, fin = false) {
      deflate.write(headerBlock(headers))
      await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve))
      send({ kind: 'synStream', stream: next, fin, headers: deflate.read() })
      next += 2
    },
    send,
    async received(until) {
      const missing = new Set(until)
      const bytes = new Map<number, string>()
      while (missing.size > 0) {
        const { done, value: frame } = await frames.next()
        if (done) break
        missing.delete(frame.kind)
        if (frame.kind !== 'data') continue
        bytes.set(frame.stream, (bytes.get(frame.stream) ?? '') + frame.bytes.toString())
        if (frame.fin) missing.delete(`fin ${frame.stream}`)
      }
      assert.deepEqual([...missing], [])
      return bytes
    },
    close: () => socket.destroy(),
  }
}

function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  const entries = Object.entries(headers)
  return Buffer.concat([
    number(entries.length),
    ...entries.flat().flatMap((word) => [number(word.length), Buffer.from(word)]),
  ])
}
