import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { currentLimit, mayTake } from './seats.ts'

const limits = fc
  .record({ nominal: fc.nat(50), lent: fc.nat(50), borrowed: fc.nat(100) })
  .map(({ nominal, lent, borrowed }) => ({
    nominal,
    least: Math.max(0, nominal - lent),
    most: nominal + borrowed,
  }))

test('seats never run out for what a level keeps, and never exceed what there are', () => {
  fc.assert(
    fc.property(
      fc.array(limits, { minLength: 1, maxLength: 6 }),
      fc.array(fc.tuple(fc.nat(5), fc.integer({ min: -8, max: 8 })), { maxLength: 200 }),
      (forms, steps) => {
        const levels = forms.map((each) => ({ limits: each, taken: 0 }))
        const total = forms.reduce((sum, { nominal }) => sum + nominal, 0)
        for (const [at, seats] of steps) {
          const level = levels[at % levels.length]!
          if (seats < 0) level.taken = Math.max(0, level.taken + seats)
          else if (mayTake(level, seats, levels)) level.taken += seats
          const inUse = levels.reduce(
            (sum, each) => sum + Math.max(each.taken, each.limits.least),
            0,
          )
          assert.ok(inUse <= total)
          assert.ok(level.taken <= level.limits.most)
          assert.ok(level.taken <= currentLimit(level, levels))
        }
        for (const level of levels) {
          assert.ok(mayTake(level, Math.max(0, level.limits.least - level.taken), levels))
        }
      },
    ),
  )
})

test('what others do not use is borrowed, up to the limit', () => {
  const idle = { limits: { nominal: 10, least: 4, most: 10 }, taken: 0 }
  const busy = { limits: { nominal: 10, least: 10, most: 14 }, taken: 13 }
  assert.equal(mayTake(busy, 1, [idle, busy]), true)
  assert.equal(mayTake(busy, 2, [idle, busy]), false)
  assert.equal(mayTake(busy, 1, [{ ...idle, taken: 8 }, busy]), false)
})
