import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPercent, scaledValue } from './int-or-string.ts'

test('a percentage is scaled and rounded, a number stays', () => {
  const table = [
    [3, 10, 3, 3],
    ['25%', 10, 3, 2],
    ['0%', 10, 0, 0],
    ['100%', 7, 7, 7],
    ['29%', 100, 29, 29],
    ['-10%', 15, -1, -2],
  ] as const
  for (const [value, total, up, down] of table) {
    assert.equal(scaledValue(value, total, 'up') + 0, up)
    assert.equal(scaledValue(value, total, 'down') + 0, down)
  }
  assert.ok(isPercent('1%'))
  assert.equal(isPercent(1), false)
})

test('other texts are refused', () => {
  assert.throws(() => scaledValue('http', 1, 'up'), {
    message: 'invalid value for IntOrString: invalid type: string is not a percentage',
  })
  assert.throws(() => scaledValue('x%', 1, 'up'), {
    message:
      'invalid value for IntOrString: invalid value "x%": strconv.Atoi: parsing "x": invalid syntax',
  })
})
