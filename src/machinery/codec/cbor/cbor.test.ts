import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { withinMs } from '../../hostile-fixture.ts'
import { encodeJson, parseJson } from '../../values/json.ts'
import { decodeCbor } from './decode.ts'
import { cborListPieces, cborWatchEvent, encodeCbor, encodeCborItem } from './encode.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const decodeHex = (text: string) => decodeCbor(Buffer.from(text.replaceAll(' ', ''), 'hex'))

function refusal(text: string): string {
  try {
    decodeHex(text)
  } catch (error) {
    return (error as Error).message
  }
  return 'taken'
}

/** What k8s.io/apimachinery's serializer (v0.36.3) writes of this text. */
const text =
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"b":"x","a":"","ab":"é"}},' +
  '"n":[0,-1,1.5,true,null,23,24,255,256,65536,4294967296,-9223372036854775808,9007199254740993,0.1,' +
  '3.4028234663852886e+38,5.960464477539063e-8],"e":{},"l":[]}'
const upstreams =
  'd9d9f7a64165a0416c80416e900020f93e00f5f617181818ff1901001a000100001b00000001000000003b7fffffffffff' +
  'ffff1b0020000000000001fb3fb999999999999afa7f7ffffff90001446b696e6449436f6e6669674d6170486d65746164' +
  '617461a2446e616d654161466c6162656c73a34161404162417842616242c3a94a61706956657273696f6e427631'

describe('CBOR', () => {
  test('is written byte by byte as upstream writes it', () => {
    assert.equal(hex(encodeCbor(parseJson(text))), upstreams)
  })

  test('of upstream is read as the JSON of the same object', () => {
    assert.deepEqual(decodeHex(upstreams), parseJson(text))
  })

  test('leaves out what JSON leaves out', () => {
    assert.equal(hex(encodeCborItem({ a: undefined, b: [undefined] })), 'a1416281f6')
    assert.throws(() => encodeCbor(Number.NaN), /unsupported value: NaN/)
  })

  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
      fc.float({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
      fc.maxSafeInteger(),
      fc.constantFrom<unknown>(null, true, false, 2n ** 63n - 1n, -(2n ** 63n), 2 ** -24, 65504),
      fc.array(tie('value')),
      fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { noNullPrototype: true }),
    ),
  })).value

  test('holds every value', () => {
    fc.assert(
      fc.property(values, (value) => {
        const read = decodeCbor(encodeCbor(value))
        assert.deepEqual(read, value)
        assert.equal(hex(encodeCbor(read)), hex(encodeCbor(value)))
      }),
    )
  })

  test('has one form for one object, however its names are ordered', () => {
    const some = { b: 1, aa: { y: 1, x: 2 }, a: 2 }
    const same = { a: 2, aa: { x: 2, y: 1 }, b: 1 }
    assert.equal(hex(encodeCbor(some)), hex(encodeCbor(same)))
  })

  test('of a list in pieces is that of the whole list', () => {
    const head = { kind: 'ThingList', apiVersion: 'v1', metadata: { resourceVersion: '5' } }
    const items = [{ a: 1 }, { b: [] }]
    const pieces = cborListPieces(head, 'items', items.map(encodeCborItem))
    assert.equal(hex(Buffer.concat([...pieces])), hex(encodeCbor({ ...head, items })))
    const none = cborListPieces(head, 'items', [])
    assert.equal(hex(Buffer.concat([...none])), hex(encodeCbor({ ...head, items: [] })))
  })

  test('of a watch event holds the object as it was encoded', () => {
    const event = cborWatchEvent('ADDED', encodeCbor({ kind: 'Pod' }))
    assert.deepEqual(decodeCbor(event), { type: 'ADDED', object: { kind: 'Pod' } })
    assert.equal(hex(event).slice(0, 8), 'd9d9f7a2')
  })
})

describe('CBOR from outside', () => {
  test('may be written in other ways than upstream does', () => {
    for (const [bytes, value] of [
      ['a1 6161 6162', { a: 'b' }],
      ['bf 4161 5f 4162 4163 ff ff', { a: 'bc' }],
      ['9f 01 7f 6161 6162 ff ff', [1, 'ab']],
      ['d9d9f7 d9d9f7 81 f6', [null]],
      ['d8ff 01', 1],
      ['d6 43 666f6f', 'Zm9v'],
      ['d5 42 fbff', '-_8'],
      ['d7 42 fbff', 'fbff'],
      ['c0 74 323031332d30332d32315432303a30343a30305a', '2013-03-21T20:04:00Z'],
      // 2013-03-21T20:04:00.500+00:00, which Go writes shorter.
      [
        'c0 781d 323031332d30332d32315432303a30343a30302e3530302b30303a3030',
        '2013-03-21T20:04:00.5Z',
      ],
      ['c1 1a514b67b0', '2013-03-21T20:04:00Z'],
      ['c1 fb41d452d9ec200000', '2013-03-21T20:04:00.5Z'],
      ['fb 3ff0000000000000', 1],
      ['1b 0000000000000001', 1],
      ['1b 7fffffffffffffff', 2n ** 63n - 1n],
      ['a1 49 5f5f70726f746f5f5f 01', JSON.parse('{"__proto__":1}')],
    ] as const) {
      assert.deepEqual(decodeHex(bytes), value, bytes)
    }
  })

  test('is refused in the words of upstream', () => {
    for (const [bytes, why] of [
      ['', 'EOF'],
      ['a1 41', 'unexpected EOF'],
      ['5b ffffffffffffffff', 'unexpected EOF'],
      ['9b 7fffffffffffffff 01', 'unexpected EOF'],
      ['01 02', 'cbor: 1 bytes of extraneous data starting at index 1'],
      ['a2 4161 01 6161 02', 'cbor: found duplicate map key "a" at map element index 1'],
      ['a1 01 02', 'cbor: cannot unmarshal positive integer into Go value of type string'],
      ['a1 80 02', 'cbor: cannot unmarshal array into Go value of type string'],
      ['61 ff', 'cbor: invalid UTF-8 string'],
      ['f7', `${primitives} simple value 23 is not recognized`],
      ['f8 ff', `${primitives} simple value 255 is not recognized`],
      ['f8 18', 'cbor: invalid simple value 24 for type primitives'],
      ['f9 7e00', `${primitives} floating-point NaN`],
      ['fb fff0000000000000', `${primitives} floating-point infinity`],
      ['c2 41 01', 'cbor: data item of cbor type tag is not accepted by protocol: bignum'],
      ['1c', 'cbor: invalid additional information 28 for type positive integer'],
      ['ff', 'cbor: unexpected "break" code'],
      ['82 01 ff', 'cbor: unexpected "break" code'],
      ['bf 4161 ff', 'cbor: unexpected "break" code'],
      [
        '5f 6161 ff',
        'cbor: wrong element type UTF-8 text string for indefinite-length byte string',
      ],
      ['5f 5f ff ff', 'cbor: indefinite-length byte string chunk is not definite-length'],
      [
        '1b 8000000000000000',
        "cbor: cannot unmarshal positive integer into Go value of type int64 (9223372036854775808 overflows Go's int64)",
      ],
      [
        '3b 8000000000000000',
        "cbor: cannot unmarshal negative integer into Go value of type int64 (-9223372036854775809 overflows Go's int64)",
      ],
    ] as const) {
      assert.equal(refusal(bytes), why, bytes)
    }
  })

  const primitives = 'cbor: data item of cbor type primitives is not accepted by protocol:'

  test('is no deeper than the stack bears', () => {
    for (const opening of ['81', '9f', 'c6', 'd6', 'a14161']) {
      const bytes = Buffer.concat([Buffer.from(opening.repeat(1_000_000), 'hex'), Buffer.of(1)])
      assert.throws(() => decodeCbor(bytes), /exceeded max nested level 1000/)
    }
  })

  test('costs time in proportion to its length', () => {
    const many = 1_000_000
    const nested = Buffer.from(`${'81'.repeat(998)}9f${'8100'.repeat(many)}ff`, 'hex')
    withinMs(4000, () => encodeCbor(decodeCbor(nested)))
    const chunks = Buffer.concat([Buffer.of(0x5f), Buffer.alloc(many, 0x40), Buffer.of(0xff)])
    withinMs(4000, () => assert.equal(decodeCbor(chunks), ''))
    const names = Buffer.from(
      encodeCbor(Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`n${i}`, i]))),
    )
    withinMs(4000, () => decodeCbor(names))
  })

  test('of any bytes is a value that JSON holds, or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        let value: unknown
        try {
          value = decodeCbor(bytes)
        } catch (error) {
          assert.match((error as Error).message, /^(cbor: |EOF$|unexpected EOF$)/)
          return
        }
        const json = encodeJson(value)
        assert.equal(encodeJson(parseJson(json)), json)
      }),
    )
  })
})
