import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { withinMs } from '../hostile-fixture.ts'
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  milliQuantity,
  parseQuantity,
  type Quantity,
  quantityMilliValue,
  quantityNumber,
  quantityOf,
  quantityValue,
  subtractQuantities,
  tryParseQuantity,
  zeroQuantity,
} from './quantity.ts'

const canonical: readonly [string | number, string][] = [
  ['0', '0'],
  ['0Ki', '0'],
  ['-0', '0'],
  ['+', '0'],
  ['.', '0'],
  ['1', '1'],
  ['1.5', '1500m'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['5.', '5.'],
  ['100m', '100m'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['1000', '1k'],
  ['1000k', '1M'],
  ['1024', '1024'],
  ['1Ki', '1Ki'],
  ['1024Ki', '1Mi'],
  ['1.5Gi', '1536Mi'],
  ['0.5Mi', '512Ki'],
  ['512', '512'],
  ['0.5Ki', '512'],
  ['0.1Ki', '102400m'],
  ['0.0001Ki', '102400u'],
  ['1000Ki', '1000Ki'],
  ['-1Gi', '-1Gi'],
  ['1e3', '1e3'],
  ['1E3', '1E3'],
  ['1000e3', '1e6'],
  ['12e-3', '12e-3'],
  ['100E', '100E'],
  ['1000E', '1e21'],
  ['1n', '1n'],
  ['0.9n', '1n'],
  ['-0.1n', '-1n'],
  ['1.23456789012345', '1234567891n'],
  ['18446744073709551616', '18446744073709551616'],
  ['8Ei', '9223372036854775807'],
  ['1.500', '1.500'],
  ['12.345', '12.345'],
  ['1.000', '1'],
  [2, '2'],
  [0.25, '250m'],
  [1e21, '1e+21'],
  [' 3 ', '3'],
]

for (const [given, want] of canonical) {
  test(`the quantity ${given} goes over the wire as ${want}`, () => {
    const quantity = parseQuantity(given)
    assert.equal(formatQuantity(quantity), want)
    assert.equal(compareQuantities(parseQuantity(formatQuantity(quantity)), quantity), 0)
  })
}

test('unreadable quantities are refused with the text of their fault', () => {
  const shape =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
  const suffix = "unable to parse quantity's suffix"
  const table = [
    ['', shape],
    ['abc', shape],
    ['1.2.3', shape],
    ['1 Gi', shape],
    ['1x', shape],
    ['1kk', suffix],
    ['1KI', shape],
    ['1e', suffix],
    ['1e1000000000', suffix],
    ['1mm', suffix],
  ] as const
  for (const [given, message] of table) {
    assert.throws(() => parseQuantity(given), { message }, given)
    assert.equal(tryParseQuantity(given), undefined)
  }
})

const hostile: readonly string[] = [
  `${'1'.repeat(80_000)}x`,
  '1'.repeat(2_000_000),
  `1.${'1'.repeat(2_000_000)}`,
  `${'0'.repeat(2_000_000)}1`,
  `1e${'1'.repeat(2_000_000)}`,
  `1${'k'.repeat(2_000_000)}`,
]
for (const text of hostile) {
  test(`a quantity of ${text.length} characters (${text.slice(-3)}) is refused at once`, () => {
    withinMs(500, () => assert.throws(() => parseQuantity(text), /quantities must match/))
  })
}

test('values round away from zero', () => {
  const table = [
    ['1.1', 2, 1100],
    ['-1.1', -2, -1100],
    ['100u', 1, 1],
    ['1Ki', 1024, 1024000],
    ['0', 0, 0],
  ] as const
  for (const [given, units, millis] of table) {
    assert.equal(quantityValue(parseQuantity(given)), units)
    assert.equal(quantityMilliValue(parseQuantity(given)), millis)
  }
  assert.equal(quantityNumber(parseQuantity('1.5')), 1.5)
  assert.equal(formatQuantity(quantityOf(2048, 'BinarySI')), '2Ki')
  assert.equal(formatQuantity(milliQuantity(2500)), '2500m')
})

test('a sum keeps the format of its first part unless that is zero', () => {
  const sum = (a: string, b: string) =>
    formatQuantity(addQuantities(parseQuantity(a), parseQuantity(b)))
  assert.equal(sum('1Gi', '1000'), '1073742824')
  assert.equal(sum('1Gi', '1Mi'), '1025Mi')
  assert.equal(sum('0', '1Mi'), '1Mi')
  assert.equal(sum('100m', '900m'), '1')
  const difference = subtractQuantities(parseQuantity('1'), parseQuantity('1500m'))
  assert.equal(formatQuantity(difference), '-500m')
})

const quantities: fc.Arbitrary<Quantity> = fc.record({
  nanos: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  format: fc.constantFrom('DecimalSI', 'BinarySI', 'DecimalExponent'),
})

test('any quantity survives formatting and parsing', () => {
  fc.assert(
    fc.property(quantities, (quantity) => {
      const back = parseQuantity(formatQuantity(quantity))
      const cap = (1n << 63n) * 10n ** 9n
      if (quantity.format !== 'BinarySI' || (quantity.nanos < cap && quantity.nanos > -cap)) {
        assert.equal(back.nanos, quantity.nanos)
      }
      assert.equal(formatQuantity(back), formatQuantity(parseQuantity(formatQuantity(back))))
    }),
  )
})

test('addition and subtraction undo one another and compare agrees', () => {
  fc.assert(
    fc.property(quantities, quantities, (a, b) => {
      const sum = addQuantities(a, b)
      assert.equal(subtractQuantities(sum, b).nanos, a.nanos)
      assert.equal(sum.nanos, addQuantities(b, a).nanos)
      assert.equal(Math.sign(compareQuantities(sum, a)), compareQuantities(b, zeroQuantity))
    }),
  )
})
