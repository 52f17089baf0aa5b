import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '#lib'
import { ask, inWords, service, storeOf } from '../dns-fixture.ts'
import { createResponder, type Forwarding } from '../server/responder.ts'
import { createZone } from '../zone/zone.ts'
import { readQuery } from './query.ts'

const nobody: Forwarding = {
  ask: async () => undefined,
  addresses: async () => ({ rcode: 'SERVFAIL', records: [] }),
  isOwn: () => false,
}
const many = Array.from({ length: 60 }, (_, index) => ({ ip: `10.244.3.${index}`, ports: [] }))
const names = storeOf()
names.put('shop/many', service('shop', 'many', { kind: 'headless', endpoints: many }))
const long = `${'x'.repeat(70)}.example.org`
names.put('shop/long', service('shop', 'long', { kind: 'externalName', externalName: long }))
const zone = createZone({
  domain: 'cluster.local',
  names,
  servers: ['10.96.0.10'],
  serial: () => 1,
})
const responder = createResponder({ zone, forwarding: nobody, random: seededRandom('dns') })

/** What comes back at once. */
function sent(message: Buffer, carrier: 'datagram' | 'stream' = 'datagram'): Buffer | undefined {
  const answer = responder(message, carrier)
  assert.ok(!(answer instanceof Promise))
  return answer
}
const said = (message: Buffer, carrier?: 'datagram' | 'stream') =>
  inWords(sent(message, carrier) ?? assert.fail('no answer'))

test('an answer repeats the question as it was spelt, and points its records to it', () => {
  const query = ask('Web.SHOP.svc.Cluster.local')
  const answer = sent(query) ?? assert.fail()
  assert.deepEqual(answer.subarray(12, query.length), query.subarray(12))
  assert.equal(answer.readUInt16BE(0), 4711)
  assert.deepEqual(inWords(answer), {
    rcode: 0,
    aa: true,
    tc: false,
    answers: ['Web.SHOP.svc.Cluster.local 5 A 10.96.0.20'],
    authorities: [],
    additionals: [],
  })
  // 16 bytes for the record, since its owner is a pointer.
  assert.equal(answer.length, query.length + 16)
})

const soa = 'cluster.local 5 SOA ns.dns.cluster.local hostmaster.cluster.local 1 7200 1800 86400 5'

test('a name that is not there is NXDOMAIN, one without such records NODATA, both with the SOA', () => {
  const none = said(ask('nobody.shop.svc.cluster.local'))
  assert.deepEqual([none.rcode, none.answers, none.authorities], [3, [], [soa]])
  const noData = said(ask('web.shop.svc.cluster.local', 'AAAA'))
  assert.deepEqual([noData.rcode, noData.answers, noData.authorities], [0, [], [soa]])
})

test('an alias within the zone is followed, one that leads to itself ends as SERVFAIL', () => {
  const here = said(ask('here.shop.svc.cluster.local'))
  assert.deepEqual(here.answers, [
    'here.shop.svc.cluster.local 5 CNAME web.shop.svc.cluster.local',
    'web.shop.svc.cluster.local 5 A 10.96.0.20',
  ])
  assert.equal(said(ask('loop.shop.svc.cluster.local')).rcode, 2)
  const cname = said(ask('away.shop.svc.cluster.local', 'CNAME'))
  assert.deepEqual(cname.answers, ['away.shop.svc.cluster.local 5 CNAME example.org'])
})

test('an external name that no message can hold is SERVFAIL', () => {
  assert.equal(said(ask('long.shop.svc.cluster.local')).rcode, 2)
})

test('an answer that is too long for a datagram is cut and says so; TCP and EDNS hold more', () => {
  const plain = said(ask('many.shop.svc.cluster.local'))
  assert.deepEqual([plain.tc, plain.answers.length], [true, 29])
  const wide = said(ask('many.shop.svc.cluster.local', 'A', { bytes: 4096 }))
  assert.deepEqual([wide.tc, wide.answers.length, wide.additionals], [false, 60, ['OPT']])
  const stream = said(ask('many.shop.svc.cluster.local'), 'stream')
  assert.deepEqual([stream.tc, stream.answers.length], [false, 60])
  // A sender that can take less than the least is held to the least.
  assert.equal(said(ask('many.shop.svc.cluster.local', 'A', { bytes: 10 })).tc, true)
})

test('the order of several addresses differs from answer to answer', () => {
  const first = new Set(
    Array.from({ length: 50 }, () => said(ask('db.shop.svc.cluster.local')).answers[0]),
  )
  assert.equal(first.size, 3)
})

test('an unknown version of EDNS is BADVERS', () => {
  const query = ask('web.shop.svc.cluster.local', 'A', { bytes: 1232, version: 1 })
  const answer = sent(query) ?? assert.fail()
  // The upper bits of the code stand in the option, the last 11 bytes.
  assert.deepEqual([inWords(answer).rcode, answer.at(-6)], [0, 1])
})

test('what is no question for a resolver is refused with its code, or dropped', () => {
  const good = ask('web.shop.svc.cluster.local')
  const changed = (change: (message: Buffer) => void) => {
    const copy = Buffer.from(good)
    change(copy)
    return copy
  }
  const rcode = (message: Buffer) => {
    const answer = sent(message)
    return answer && (answer[3] ?? 0) & 15
  }
  assert.equal(rcode(changed((m) => m.writeUInt8(0x80, 2))), undefined, 'an answer')
  assert.equal(rcode(good.subarray(0, 11)), undefined, 'shorter than a header')
  assert.equal(rcode(changed((m) => m.writeUInt8(5 << 3, 2))), 4, 'an update')
  assert.equal(rcode(changed((m) => m.writeUInt16BE(0, 4))), 1, 'no question')
  assert.equal(rcode(changed((m) => m.writeUInt16BE(2, 4))), 1, 'two questions')
  assert.equal(rcode(changed((m) => m.writeUInt16BE(1, 6))), 1, 'an answer in a question')
  assert.equal(rcode(changed((m) => m.writeUInt16BE(9, 10))), 1, 'too much besides')
  assert.equal(rcode(good.subarray(0, good.length - 3)), 1, 'cut')
  assert.equal(rcode(changed((m) => m.writeUInt16BE(0xc00c, 12))), 1, 'a name that is a pointer')
  assert.equal(rcode(changed((m) => m.writeUInt16BE(3, m.length - 2))), 5, 'of another class')
  assert.equal(rcode(changed((m) => m.writeUInt16BE(252, m.length - 4))), 5, 'a whole zone')
  assert.equal(rcode(Buffer.concat([good, Buffer.alloc(5000)])), 1, 'oversized')
})

test('a dot or a zero inside a label is no other name', () => {
  const query = ask('web.shop.svc.cluster.local')
  // The label `web.shop`, of eight letters.
  query.writeUInt8(8, 12)
  query.write('.', 16)
  assert.equal(said(query).rcode, 3)
})

/** Enough for a test; by hand, 10^6 were tried. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 100_000)

test('no message at all makes it throw, and every answer is one', () => {
  const base = [
    ask('web.shop.svc.cluster.local'),
    ask('many.shop.svc.cluster.local', 'A', { bytes: 1232 }),
    ask('_sql._tcp.db.shop.svc.cluster.local', 'SRV'),
    ask('8.0.244.10.in-addr.arpa', 'PTR'),
  ]
  const noise = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes))
  const change = fc.tuple(fc.nat(120), fc.nat(255))
  const damaged = fc
    .tuple(fc.constantFrom(...base), fc.array(change, { maxLength: 6 }), fc.nat(120), noise)
    .map(([message, changes, length, tail]) => {
      const copy = Buffer.concat([message, tail])
      for (const [at, byte] of changes) if (at < copy.length) copy[at] = byte
      return length > 90 ? copy : copy.subarray(0, length)
    })
  fc.assert(
    fc.property(
      fc.oneof({ weight: 1, arbitrary: noise }, { weight: 4, arbitrary: damaged }),
      (m) => {
        const answer = responder(m, 'datagram')
        if (answer === undefined || answer instanceof Promise) return
        assert.equal(answer.readUInt16BE(0), m.readUInt16BE(0))
        assert.ok((answer[2] ?? 0) & 0x80)
        assert.ok(answer.length <= 1232)
        inWords(answer)
      },
    ),
    { numRuns },
  )
})

test('a type without a name is read as a number, and has no records', () => {
  const query = ask('web.shop.svc.cluster.local')
  query.writeUInt16BE(65, query.length - 4)
  const incoming = readQuery(query)
  assert.equal(incoming.kind === 'query' && incoming.query.type, 'UNKNOWN_65')
  assert.deepEqual([said(query).rcode, said(query).answers], [0, []])
})
