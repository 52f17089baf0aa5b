import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#lib'
import type { DialedConnection } from '#network'
import type { Listener, NetworkRequest } from '../model/fabric.ts'
import { parseHead } from './http-head.ts'
import { serveHttp } from './http-stream.ts'
import { createTestWorld, silentListener, textResponse } from './network-fixture.ts'

const signal = new AbortController().signal

function recording(seen: NetworkRequest[] = []) {
  const listener: Listener = {
    owner: 'x',
    answer: async (request) => {
      seen.push(request)
      const path = request.protocol === 'http' ? request.path : ''
      return textResponse(200, `at ${path}`, [['X-A', '1']])
    },
  }
  return { seen, listener }
}

const open = (current: () => Listener | undefined) =>
  serveHttp({ current, fromIp: '10.0.0.1', isUp: () => true })

async function readAll(connection: DialedConnection): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of connection.incoming) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('a dialed connection answers what a tool like curl sends', async () => {
  const { near, pod } = createTestWorld()
  const { seen, listener } = recording()
  pod('near', '10.244.0.1', () => listener)
  const target = { host: '10.244.0.1', port: 8080, timeoutMs: 1000 }
  const outcome = await near.dial.connect(target, signal)
  assert.ok(outcome.kind === 'connected')
  const { connection } = outcome
  const request = 'GET /x?q=1 HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n'
  for (const byte of Buffer.from(request)) await connection.write(Uint8Array.of(byte), signal)
  assert.equal(
    await readAll(connection),
    'HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 9\r\nConnection: close\r\n\r\nat /x?q=1',
  )
  assert.deepEqual(seen[0], {
    protocol: 'http',
    method: 'GET',
    path: '/x?q=1',
    headers: [
      ['Host', 'web'],
      ['Connection', 'close'],
    ],
    fromIp: '192.168.0.1',
  })
})

test('requests that follow each other are answered in order, their bodies passed over', async () => {
  const { listener } = recording()
  const connection = open(() => listener)
  const post = 'POST /1 HTTP/1.1\r\nContent-Length: 20\r\n\r\nGET /no HTTP/1.1\r\n\r\n'
  await connection.write(Buffer.from(`${post}HEAD /2 HTTP/1.1\r\n\r\n`), signal)
  await connection.write(Buffer.from('GET /3 HTTP/1.0\r\n\r\n'), signal)
  const answers = (await readAll(connection)).split('HTTP/1.1 200 OK\r\n').slice(1)
  assert.deepEqual(
    answers.map((answer) => answer.split('\r\n\r\n')[1]),
    ['at /1', '', 'at /3'],
  )
})

test('what is not HTTP is refused politely', async () => {
  const connection = open(() => recording().listener)
  await connection.write(Buffer.from('\x16\x03\x01\r\n\r\n'), signal)
  assert.match(await readAll(connection), /^HTTP\/1\.1 400 Bad Request/)
})

test('a process that has ended resets, also in the middle of a request', async () => {
  const idle = open(() => undefined)
  await idle.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'), signal)
  await assert.rejects(readAll(idle), /connection reset by peer/)
  const killed = new AbortController()
  const busy = open(() => silentListener(killed.signal))
  await busy.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'), signal)
  const reading = readAll(busy)
  await createTestWorld().clock.settle()
  killed.abort()
  await assert.rejects(reading, /connection reset by peer/)
})

test('closing our side ends the connection after what was asked', async () => {
  const { listener } = recording()
  const connection = open(() => listener)
  await connection.write(Buffer.from('GET /1 HTTP/1.1\r\n\r\n'), signal)
  await connection.end()
  assert.match(await readAll(connection), /at \/1$/)
})

test('heads that are broken or need more than we speak are refused', () => {
  const bad = [
    '',
    'GET /',
    'GET / HTTP/2.0',
    'GET / HTTP/1.1\r\nno colon',
    'GET / HTTP/1.1\r\nContent-Length: x',
    'GET / HTTP/1.1\r\nTransfer-Encoding: chunked',
  ]
  for (const head of bad) assert.equal(parseHead(head), undefined, head)
  assert.equal(parseHead('GET http://web:80/x?y HTTP/1.1')?.path, '/x?y')
})

test('a header of a million blanks is read at once, and a head without end is refused', async () => {
  const blanks = ' '.repeat(1_000_000)
  const before = systemClock.monotonicMs()
  assert.deepEqual(parseHead(`GET / HTTP/1.1\r\na:${blanks}b${blanks}`)?.headers, [['a', 'b']])
  assert.deepEqual(parseHead(`GET / HTTP/1.1\r\na: x${blanks}y`)?.headers, [['a', `x${blanks}y`]])
  assert.ok(systemClock.monotonicMs() - before < 2000)
  const { listener } = recording()
  const connection = open(() => listener)
  await connection.write(Buffer.from(`GET / HTTP/1.1\r\na:${blanks}`), signal)
  assert.match(await readAll(connection), /^HTTP\/1.1 400 /)
})

test('who leaves in the middle of a head is told that it was none', async () => {
  const { listener, seen } = recording()
  const connection = open(() => listener)
  await connection.write(Buffer.from('hostName\n'), signal)
  await connection.end()
  const answer = await readAll(connection)
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n.*\r\n\r\n400 Bad Request$/s)
  const silent = open(() => listener)
  await silent.end()
  assert.equal(await readAll(silent), '')
  assert.deepEqual(seen, [])
})
