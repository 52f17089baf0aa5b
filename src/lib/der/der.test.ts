import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  der,
  derBits,
  derInteger,
  derOid,
  derParts,
  derTag,
  derTime,
  oidOf,
  parseDer,
} from './der.ts'
import { pemBlocks, pemOf } from './pem.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string) => Buffer.from(text, 'hex')

test('numbers, identifiers, bits and times are written as certificates hold them', () => {
  assert.equal(hex(derInteger(0n)), '020100')
  assert.equal(hex(derInteger(127n)), '02017f')
  assert.equal(hex(derInteger(128n)), '02020080')
  assert.equal(hex(derInteger(2n ** 64n)), '0209010000000000000000')
  assert.equal(hex(derOid('1.2.840.113549.1.1.11')), '06092a864886f70d01010b')
  assert.equal(hex(derOid('2.5.29.37.0')), '0604551d2500')
  assert.equal(hex(derBits(bytesOf('a0'), 5)), '030205a0')
  assert.equal(
    hex(derTime(Date.UTC(2049, 11, 31, 23, 59, 59))),
    hex(der(0x17, Buffer.from('491231235959Z'))),
  )
  assert.equal(hex(derTime(Date.UTC(2050, 0, 1))), hex(der(0x18, Buffer.from('20500101000000Z'))))
  assert.equal(hex(derTime(0)), hex(der(0x17, Buffer.from('700101000000Z'))))
})

test('what is written is read again, however long it is', () => {
  const oids = fc
    .tuple(fc.integer({ min: 0, max: 2 }), fc.array(fc.nat(), { minLength: 1, maxLength: 8 }))
    .map(([first, rest]) => [first, (rest[0] ?? 0) % 40, ...rest.slice(1)].join('.'))
  fc.assert(fc.property(oids, (oid) => assert.equal(oidOf(parseDer(derOid(oid))), oid)))
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536, 100_000]) {
    const content = Buffer.alloc(length, 7)
    const value = parseDer(der(derTag.sequence, der(derTag.octetString, content)))
    const [part, ...others] = derParts(value)
    assert.deepEqual(others, [])
    assert.deepEqual(hex(part?.content ?? Buffer.alloc(0)), hex(content))
  }
})

test('what is no whole value is refused', () => {
  for (const [text, message] of [
    ['', /data truncated/],
    ['30', /data truncated/],
    ['3003', /data truncated/],
    ['3080', /indefinite length/],
    ['308501', /length too large/],
    ['02010002', /trailing data/],
    ['30030201', /data truncated/],
    ['020100020100', /trailing data/],
    ['1f00', /base 128/],
  ] as const) {
    assert.throws(() => parseDer(bytesOf(text)), message, text)
  }
  assert.throws(() => derParts(parseDer(derInteger(1n))), /tags don't match/)
  assert.throws(() => oidOf(parseDer(derInteger(1n))), /tags don't match/)
  assert.throws(() => derParts(undefined), /sequence truncated/)
})

test('blocks of PEM are found between whatever else there is', () => {
  const bytes = Buffer.from('some bytes that fill more than one line of a block of this kind')
  const block = pemOf('CERTIFICATE', bytes)
  assert.deepEqual(
    pemBlocks(`before\n${block}between\r\n${block}after`).map((each) => [
      each.type,
      Buffer.from(each.bytes).toString(),
      each.hasHeaders,
    ]),
    Array.from({ length: 2 }, () => ['CERTIFICATE', bytes.toString(), false]),
  )
  const [withHeaders] = pemBlocks('-----BEGIN A-----\nB: c\n\nAAAA\n-----END A-----')
  assert.equal(withHeaders?.hasHeaders, true)
  for (const text of [
    block.slice(0, -20),
    block.replace('END CERTIFICATE', 'END OTHER'),
    block.replace('\nc', '\n!'),
    ` ${block}`,
  ]) {
    assert.deepEqual(pemBlocks(text), [], text)
  }
  const inner = pemBlocks(`-----BEGIN CERTIFICATE-----\n${block}`)
  assert.equal(inner.length, 1, 'what begins inside of another is what is meant')
})

test('a text of nothing but beginnings is read in the time that its length takes', () => {
  const many = '-----BEGIN CERTIFICATE-----\n'.repeat(200_000)
  const sinceMs = process.cpuUsage().user / 1000
  assert.deepEqual(pemBlocks(many), [])
  assert.deepEqual(pemBlocks(`${many}-----END CERTIFICATE-----\n`).length, 1)
  assert.ok(process.cpuUsage().user / 1000 - sinceMs < 5000)
})
