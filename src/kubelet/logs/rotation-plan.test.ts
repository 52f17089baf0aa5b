import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planRotation, rotatedName } from './rotation-plan.ts'

const plans: readonly (readonly [
  string,
  readonly string[],
  readonly string[],
  readonly string[],
])[] = [
  ['nothing beside the log', ['0.log', '1.log'], [], []],
  ['one rotated before is compressed', ['0.log', '0.log.2'], [], ['0.log.2']],
  [
    'what is more than may stay goes, the oldest first',
    ['0.log.1.gz', '0.log.2.gz', '0.log.3.gz', '0.log.4'],
    ['0.log.1.gz'],
    ['0.log.4'],
  ],
  [
    'what an interrupted compression left goes',
    ['0.log.2.tmp', '0.log.3', '0.log.3.gz'],
    ['0.log.2.tmp', '0.log.3'],
    [],
  ],
]

for (const [what, names, remove, compress] of plans) {
  test(what, () => {
    assert.deepEqual(planRotation('0.log', names, 5), { remove, compress })
  })
}

test('with two files there is the log and the one just rotated', () => {
  assert.deepEqual(planRotation('0.log', ['0.log.1', '0.log.2'], 2).remove, ['0.log.1', '0.log.2'])
})

test('a rotated log is named after the second of its rotation', () => {
  assert.equal(rotatedName('0.log', Date.UTC(2026, 0, 31, 9, 30, 5)), '0.log.20260131-093005')
})
