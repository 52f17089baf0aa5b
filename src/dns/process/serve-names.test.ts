import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { aborted, silentLogger, systemClock, systemRandom } from '#lib'
import { ask, inWords, shopServices } from '../dns-fixture.ts'
import { exchangeOverNetwork } from '../forward/exchange.ts'
import { frame, readMessages } from '../server/frames.ts'
import type { NamedService } from '../zone/names.ts'
import {
  type FromNameServer,
  lineOf,
  nameServerLayout,
  readLines,
  type ToNameServer,
} from './protocol.ts'
import { serveNames } from './serve-names.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'knarr-names-'))
const layout = nameServerLayout(dataDir)
const stop = new AbortController()
const world = { clock: systemClock, random: systemRandom, log: silentLogger }
let serving: Promise<void>

before(() => {
  serving = serveNames(layout, world, stop)
})
after(async () => {
  stop.abort()
  await serving
  rmSync(dataDir, { recursive: true })
})

/** A node that is connected to its name server. */
async function node(name: string, port?: number) {
  const socket = connect(layout.socket)
  const listening = Promise.withResolvers<number>()
  socket.on(
    'data',
    readLines<FromNameServer>((message) => {
      if (message.kind === 'listening') listening.resolve(message.port)
      if (message.kind === 'failed') listening.reject(new Error(message.message))
    }),
  )
  const send = (message: ToNameServer) => void socket.write(lineOf(message))
  const site = { node: name, domain: 'cluster.local', servers: ['10.96.0.10'] }
  send({ kind: 'open', site, port })
  return { socket, send, port: await listening.promise }
}

const sendAll = (send: (message: ToNameServer) => void, all: readonly NamedService[]) => {
  const keyOf = ({ namespace, name }: NamedService) => `${namespace}/${name}`
  send({ kind: 'namespaces', names: ['shop'] })
  for (const service of all) send({ kind: 'put', key: keyOf(service), service })
  send({ kind: 'complete', keys: all.map(keyOf) })
}

/** What is answered by datagram; undefined when nothing is for as long as a question takes elsewhere. */
async function said(port: number, question: Buffer, limitMs = 2000) {
  const asking = { clock: systemClock, timeoutMs: limitMs, carrier: 'datagram' } as const
  const answer = exchangeOverNetwork(question, { ip: '127.0.0.1', port }, asking)
  return answer.then(inWords, () => undefined)
}

/** Asks until the answer has this code: what was told takes a moment. */
async function untilCode(port: number, question: Buffer, rcode: number) {
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await said(port, question)
    if (answer?.rcode === rcode) return answer
  }
  return assert.fail(`never ${rcode}`)
}

const web = ask('web.shop.svc.cluster.local')

test('a name server denies nothing before it knows everything, and goes on without its node', async () => {
  const first = await node('a')
  assert.equal((await said(first.port, web))?.rcode, 2)
  sendAll(first.send, shopServices)
  const answer = await untilCode(first.port, web, 0)
  assert.deepEqual(answer.answers, ['web.shop.svc.cluster.local 5 A 10.96.0.20'])
  first.socket.destroy()
  await once(first.socket, 'close')
  assert.equal((await said(first.port, web))?.rcode, 0)

  // The node comes back, to the same port, and what it does not send is no more.
  const again = await node('a', first.port)
  assert.equal(again.port, first.port)
  assert.equal((await said(first.port, web))?.rcode, 0)
  sendAll(
    again.send,
    shopServices.filter(({ name }) => name !== 'web'),
  )
  await untilCode(first.port, web, 3)
  again.socket.destroy()
})

test('faults make a name server silent or slow, and it heals', async () => {
  const { socket, send, port } = await node('b')
  sendAll(send, shopServices)
  await untilCode(port, web, 0)
  send({ kind: 'disturb', disturbance: { down: true, delayMs: 0 } })
  send({ kind: 'namespaces', names: [] })
  await systemClock.turn()
  while ((await said(port, web, 100)) !== undefined) await systemClock.turn()
  send({ kind: 'disturb', disturbance: { down: false, delayMs: 150 } })
  await untilCode(port, web, 0)
  const beginMs = systemClock.monotonicMs()
  assert.equal((await said(port, web))?.rcode, 0)
  assert.ok(systemClock.monotonicMs() - beginMs >= 149)
  socket.destroy()
})

/** Sends bytes over TCP in pieces, and takes so many answers. */
async function overTcp(port: number, pieces: readonly Buffer[], count: number) {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const answers: Buffer[] = []
  const done = Promise.withResolvers<void>()
  socket.on(
    'data',
    readMessages((message) => {
      answers.push(Buffer.from(message))
      if (answers.length === count) done.resolve()
    }),
  )
  socket.on('close', () => done.resolve())
  for (const piece of pieces) {
    socket.write(piece)
    await systemClock.turn()
  }
  await done.promise
  socket.destroy()
  return answers.map(inWords)
}

test('the name server of a node that this machine has no more is closed', async () => {
  const [stays, goes] = [await node('d'), await node('e')]
  sendAll(stays.send, shopServices)
  sendAll(goes.send, shopServices)
  await untilCode(goes.port, web, 0)
  stays.send({ kind: 'nodes', names: ['d'] })
  while ((await said(goes.port, web, 200)) !== undefined) await systemClock.turn()
  await untilCode(stays.port, web, 0)
  for (const { socket } of [stays, goes]) socket.destroy()
})

test('one connection carries many questions, in whatever pieces they come', async () => {
  const { socket, send, port } = await node('c')
  sendAll(send, shopServices)
  await untilCode(port, web, 0)
  const both = Buffer.concat([frame(web), frame(ask('nobody.shop.svc.cluster.local'))])
  const pieces = [both.subarray(0, 1), both.subarray(1, 30), both.subarray(30)]
  assert.deepEqual(
    (await overTcp(port, pieces, 2)).map(({ rcode }) => rcode),
    [0, 3],
  )
  // What is no question ends the connection.
  const answer = Buffer.from(web)
  answer.writeUInt8(0x80, 2)
  assert.deepEqual(await overTcp(port, [frame(answer)], 1), [])
  const many = Array.from({ length: 200 }, () => frame(web))
  assert.equal((await overTcp(port, [Buffer.concat(many)], 200)).length, 200)
  socket.destroy()
})

test('an answer of another number, question or sender is passed over', async () => {
  const upstream = createSocket('udp4')
  upstream.bind(0, '127.0.0.1')
  await once(upstream, 'listening')
  upstream.on('message', (question, from) => {
    const right = Buffer.from(question)
    right.writeUInt16BE(0x8180, 2)
    const wrong = Buffer.from(right)
    wrong.writeUInt16BE(right.readUInt16BE(0) ^ 1, 0)
    for (const each of [wrong, question, right]) upstream.send(each, from.port, from.address)
  })
  const { port } = upstream.address()
  const answer = await said(port, web)
  assert.equal(answer?.rcode, 0)
  upstream.close()
  assert.equal(await said(port, web, 200), undefined)
})

test('the process ends when it is told to, and leaves no socket', async () => {
  const other = nameServerLayout(join(dataDir, 'other'))
  const end = new AbortController()
  const running = serveNames(other, world, end)
  end.abort()
  await running
  assert.throws(() => rmSync(other.socket), { code: 'ENOENT' })
  await aborted(end.signal)
})
