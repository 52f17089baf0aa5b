import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from 'dns-packet'
import { createVirtualClock, seededRandom, silentLogger, type VirtualClock } from '#lib'
import { ask, inWords, storeOf } from '../dns-fixture.ts'
import { createResponder } from '../server/responder.ts'
import { createZone } from '../zone/zone.ts'
import { answersQuestion } from './answers.ts'
import { createAnswerCache } from './cache.ts'
import type { AskUpstream } from './exchange.ts'
import { createForwarder } from './forwarder.ts'
import { keepSeconds } from './ttls.ts'
import { type Upstream, upstreamsIn } from './upstreams.ts'

const first: Upstream = { ip: '192.0.2.1', port: 53 }
const second: Upstream = { ip: '192.0.2.2', port: 53 }

/** What a name server elsewhere answers: one address, for `ttl` seconds. */
function addressOf(question: Buffer, ttl: number): Buffer {
  const { id = 0, questions = [] } = decode(question)
  const [{ name } = { name: '' }] = questions
  const answers = [{ type: 'A' as const, name, ttl, data: '198.51.100.7' }]
  return encode({ type: 'response', id, flags: 0x0180, questions, answers })
}

/** A forwarder over name servers that `answer` plays; probes for loops are not counted. */
function world(
  answer: (question: Buffer, upstream: Upstream, clock: VirtualClock) => Promise<Buffer>,
  upstreams: readonly Upstream[] = [first, second],
) {
  const clock = createVirtualClock()
  const asked: string[] = []
  const exchange: AskUpstream = (question, upstream) => {
    const [{ name } = { name: '' }] = decode(question).questions ?? []
    if (!name.startsWith('knarr-loop-')) asked.push(`${upstream.ip} ${name}`)
    return answer(question, upstream, clock)
  }
  const random = seededRandom('forwarder')
  const options = { exchange, clock, random, log: silentLogger }
  const forwarding = createForwarder({ ...options, upstreams: () => upstreams })
  const zone = createZone({
    domain: 'cluster.local',
    names: storeOf(),
    servers: ['10.96.0.10'],
    serial: () => 1,
  })
  const responder = createResponder({ zone, forwarding, random })
  const said = async (message: Buffer) =>
    inWords((await responder(message, 'datagram')) ?? assert.fail())
  return { clock, asked, said, responder, forwarding }
}

test('another name is asked for elsewhere, and its answer kept for as long as its records say', async () => {
  const { clock, asked, said } = world(async (question) => addressOf(question, 20))
  const query = ask('Example.org')
  assert.deepEqual((await said(query)).answers, ['Example.org 20 A 198.51.100.7'])
  await clock.advance(5_500)
  const again = await said(ask('EXAMPLE.org'))
  assert.deepEqual(again.answers, ['Example.org 15 A 198.51.100.7'])
  assert.equal(asked.length, 1)
  await clock.advance(15_000)
  await said(query)
  assert.equal(asked.length, 2)
})

test('the same question is asked once at a time, whoever asks', async () => {
  const gate = Promise.withResolvers<void>()
  const { asked, said } = world(async (question) => {
    await gate.promise
    return addressOf(question, 0)
  })
  const all = Promise.all([1, 2, 3].map(() => said(ask('example.org'))))
  gate.resolve()
  for (const { answers } of await all) assert.equal(answers.length, 1)
  assert.equal(asked.length, 1)
})

test('one that does not answer is asked last from then on, and for a while only', async () => {
  const { clock, asked, said } = world(async (question, { ip }) => {
    if (ip === first.ip) throw new Error('silent')
    return addressOf(question, 0)
  })
  assert.equal((await said(ask('a.org'))).rcode, 0)
  assert.equal((await said(ask('b.org'))).rcode, 0)
  assert.deepEqual(asked, ['192.0.2.1 a.org', '192.0.2.2 a.org', '192.0.2.2 b.org'])
  await clock.advance(10_000)
  await said(ask('c.org'))
  assert.deepEqual(asked.slice(3), ['192.0.2.1 c.org', '192.0.2.2 c.org'])
})

test('without anybody who answers it is SERVFAIL', async () => {
  const silent = world(() => Promise.reject(new Error('silent')))
  assert.equal((await silent.said(ask('example.org'))).rcode, 2)
  const alone = world(async (question) => addressOf(question, 9), [])
  assert.equal((await alone.said(ask('example.org'))).rcode, 2)
})

test('an external name is followed to its addresses', async () => {
  const { said } = world(async (question) => addressOf(question, 20))
  assert.deepEqual((await said(ask('away.shop.svc.cluster.local'))).answers, [
    'away.shop.svc.cluster.local 5 CNAME example.org',
    'example.org 20 A 198.51.100.7',
  ])
})

test('a name server that leads back here is noticed, and asked no more', async () => {
  let responder: (message: Buffer) => Promise<Buffer>
  const asking = world((question) => responder(question), [first])
  responder = async (message) => (await asking.responder(message, 'datagram')) ?? assert.fail()
  // The probe comes back while the first question is under way, and that one is refused a second round.
  await asking.said(ask('example.org')).catch(() => undefined)
  const before = asking.asked.length
  assert.equal((await asking.said(ask('other.org'))).rcode, 2)
  assert.equal(asking.asked.length, before)
})

test('questions under way are bounded', async () => {
  const { said, clock } = world((_, __, time) =>
    time.sleep(2000).then(() => Promise.reject(new Error('silent'))),
  )
  const all = Array.from({ length: 1500 }, (_, index) => said(ask(`n${index}.org`)))
  const refused = await Promise.race([all[1499], clock.advance(1000).then(() => undefined)])
  assert.equal(refused?.rcode, 2)
  await clock.advance(10_000)
  await Promise.all(all)
})

test('a truncated answer, a failure and one without a SOA are not kept; the absence of a name is', () => {
  const question = ask('example.org')
  const good = addressOf(question, 300)
  assert.equal(keepSeconds(good), 30)
  const changed = (at: number, bit: number) => {
    const copy = Buffer.from(good)
    copy[at] = (copy[at] ?? 0) | bit
    return copy
  }
  assert.equal(keepSeconds(changed(2, 2)), 0)
  assert.equal(keepSeconds(changed(3, 2)), 0)
  const { id = 0, questions = [] } = decode(question)
  const absent = { type: 'response' as const, id, flags: 0x0183, questions }
  assert.equal(keepSeconds(encode(absent)), 0)
  const data = { mname: 'a', rname: 'b', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 7 }
  const authorities = [{ type: 'SOA' as const, name: 'org', ttl: 900, data }]
  assert.equal(keepSeconds(encode({ ...absent, authorities })), 7)
  for (let length = 0; length < good.length; length += 1) keepSeconds(good.subarray(0, length))
})

test('what is kept is bounded in number and bytes; the least used goes first', () => {
  const cache = createAnswerCache(createVirtualClock(), { answers: 3, bytes: 10_000 })
  const answer = addressOf(ask('example.org'), 30)
  for (const key of ['a', 'b', 'c']) cache.put(key, answer)
  cache.get('a')
  cache.put('d', answer)
  assert.deepEqual([cache.size, cache.get('b'), cache.get('a') !== undefined], [3, undefined, true])
  const long = Buffer.concat([answer, Buffer.alloc(9_500)])
  cache.put('e', long)
  assert.ok(cache.bytes <= 10_000)
  assert.equal(cache.size, 1)
})

test("the machine's name servers are three at most, and none that is the cluster's own", () => {
  const text =
    '# x\nnameserver 10.96.0.10\nsearch a\nnameserver 1.1.1.1 \nnameserver fe80::1\nnameserver no\n nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 3.3.3.3\n'
  const ips = upstreamsIn(text, new Set(['10.96.0.10'])).map(({ ip }) => ip)
  assert.deepEqual(ips, ['1.1.1.1', 'fe80::1', '2.2.2.2'])
})

test('an answer counts only for the number and the question that were sent', () => {
  const question = ask('example.org')
  const good = addressOf(question, 1)
  assert.equal(answersQuestion(good, question), true)
  assert.equal(answersQuestion(addressOf(ask('example.net'), 1), question), false)
  const other = Buffer.from(good)
  other.writeUInt16BE(1, 0)
  assert.equal(answersQuestion(other, question), false)
  assert.equal(answersQuestion(question, question), false)
  assert.equal(answersQuestion(good.subarray(0, 11), question), false)
})
