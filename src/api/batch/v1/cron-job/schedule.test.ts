import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTimeZone, parseSchedule, type Schedule, scheduleError } from './schedule.ts'
import { nextTimeMs } from './schedule-times.ts'

/** The next times of a schedule, as the clock of its zone shows them. */
function next(schedule: string, after: string, count = 1, zone?: string): readonly string[] {
  const parsed = parseSchedule(schedule) as Schedule
  const found: string[] = []
  let ms = Date.parse(after)
  for (let i = 0; i < count; i++) {
    const at = nextTimeMs(parsed, ms, zone)
    if (at === undefined) return [...found, 'never']
    found.push(new Date(at).toISOString().replace(':00.000', ''))
    ms = at
  }
  return found
}

describe('a schedule is refused', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['*/5 0-6,22 1,15 jan-MAR sun-fri', undefined],
    ['5/15 ? * * ?', undefined],
    ['@hourly', undefined],
    ['@every 1h30m', undefined],
    ['daily', 'expected exactly 5 fields, found 1: [daily]'],
    ['@never', 'unrecognized descriptor: @never'],
    ['@every often', 'failed to parse duration @every often: time: invalid duration "often"'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ]
  for (const [schedule, error] of cases) {
    test(schedule, () => assert.equal(scheduleError(schedule), error))
  }
})

describe('the next time', () => {
  const day = '2026-01-01T12:00:00Z' // a Thursday
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['* * * * *', '2026-01-01T12:00:59.900Z', ['2026-01-01T12:01Z', '2026-01-01T12:02Z']],
    ['*/20 * * * *', day, ['2026-01-01T12:20Z', '2026-01-01T12:40Z', '2026-01-01T13:00Z']],
    ['5/25 * * * *', day, ['2026-01-01T12:05Z', '2026-01-01T12:30Z', '2026-01-01T12:55Z']],
    ['0 0 1 * *', day, ['2026-02-01T00:00Z', '2026-03-01T00:00Z']],
    ['30 6-16/4 * * 1-5', day, ['2026-01-01T14:30Z', '2026-01-02T06:30Z']],
    // Either day counts where both are named,
    ['0 0 13 * fri', day, ['2026-01-02T00:00Z', '2026-01-09T00:00Z', '2026-01-13T00:00Z']],
    // and only the one where the other is every one.
    ['0 0 13 * ?', day, ['2026-01-13T00:00Z', '2026-02-13T00:00Z']],
    ['0 0 * * fri', day, ['2026-01-02T00:00Z', '2026-01-09T00:00Z']],
    // Every second day is not every one.
    [
      '0 0 */20 * fri',
      day,
      ['2026-01-02T00:00Z', '2026-01-09T00:00Z', '2026-01-16T00:00Z', '2026-01-21T00:00Z'],
    ],
    ['0 12 29 feb *', day, ['2028-02-29T12:00Z']],
    ['59 23 31 2 *', day, ['never']],
    ['@yearly', day, ['2027-01-01T00:00Z']],
    ['@weekly', day, ['2026-01-04T00:00Z']],
    ['@midnight', day, ['2026-01-02T00:00Z']],
    ['@every 90m', '2026-01-01T12:00:10.250Z', ['2026-01-01T13:30:10.000Z']],
    ['@every 1ms', day, ['2026-01-01T12:00:01.000Z']],
  ]
  for (const [schedule, after, expected] of cases) {
    test(`of ${schedule}`, () => assert.deepEqual(next(schedule, after, expected.length), expected))
  }

  test('goes by the clocks of a zone', () => {
    assert.deepEqual(next('0 9 * * *', day, 1, 'Asia/Kolkata'), ['2026-01-02T03:30Z'])
    assert.deepEqual(next('0 0 1 * *', '2026-06-01T00:00:00Z', 2, 'Pacific/Auckland'), [
      '2026-06-30T12:00Z',
      '2026-07-31T12:00Z',
    ])
  })

  test('is left out where the clocks leave it out, and comes twice where they go back', () => {
    const york = 'America/New_York'
    assert.deepEqual(next('30 2 * * *', '2026-03-07T12:00:00Z', 2, york), [
      '2026-03-09T06:30Z',
      '2026-03-10T06:30Z',
    ])
    assert.deepEqual(next('30 1 * * *', '2026-10-31T12:00:00Z', 3, york), [
      '2026-11-01T05:30Z',
      '2026-11-01T06:30Z',
      '2026-11-02T06:30Z',
    ])
    // The night after a day of 23 hours is a whole one.
    assert.deepEqual(next('30 0 9 3 *', '2026-03-07T12:00:00Z', 1, york), ['2026-03-09T04:30Z'])
    assert.deepEqual(next('30 0 2 11 *', '2026-10-31T12:00:00Z', 1, york), ['2026-11-02T05:30Z'])
    // Where the clocks go forward at midnight there is no midnight.
    assert.deepEqual(next('0 * * * *', '2026-04-24T20:30:00Z', 2, 'Africa/Cairo'), [
      '2026-04-24T21:00Z',
      '2026-04-24T22:00Z',
    ])
    assert.deepEqual(next('0 0 * * *', '2026-04-22T12:00:00Z', 2, 'Africa/Cairo'), [
      '2026-04-22T22:00Z',
      '2026-04-24T21:00Z',
    ])
  })
})

test('a time zone has a name', () => {
  for (const name of ['UTC', 'Etc/UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia']) {
    assert.equal(isTimeZone(name), true, name)
  }
  for (const name of ['', 'Local', 'local', '+05:00', 'Mars/Olympus']) {
    assert.equal(isTimeZone(name), false, name)
  }
})
