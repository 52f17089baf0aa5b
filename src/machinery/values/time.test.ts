import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatDuration, humanDuration, parseDuration } from './duration.ts'
import { formatMicroTime, formatTime, parseTime } from './time.ts'

const base = Date.UTC(2026, 0, 2, 3, 4, 5)

test('times are written as metav1.Time and MicroTime', () => {
  assert.equal(formatTime(base + 999), '2026-01-02T03:04:05Z')
  assert.equal(formatMicroTime(base), '2026-01-02T03:04:05.000000Z')
  assert.equal(formatMicroTime(base + 1.5), '2026-01-02T03:04:05.001500Z')
  assert.equal(formatTime(0), '1970-01-01T00:00:00Z')
})

test('times are read in any zone and with any fraction, and nothing else is', () => {
  const table = [
    ['2026-01-02T03:04:05Z', base],
    ['2026-01-02T04:04:05+01:00', base],
    ['2026-01-02T03:04:05.25Z', base + 250],
    ['2026-01-02T03:04:05.000006Z', base + 0.006],
    ['2026-02-30T00:00:00Z', undefined],
    ['2026-01-02T24:00:00Z', undefined],
    ['2026-01-02T03:04:05', undefined],
    ['2026-01-02 03:04:05Z', undefined],
    ['2026-13-02T03:04:05Z', undefined],
    ['', undefined],
  ] as const
  for (const [text, want] of table) assert.equal(parseTime(text), want, text)
})

test('any second survives formatting and parsing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e9 }), (seconds) => {
      assert.equal(parseTime(formatTime(seconds * 1000)), seconds * 1000)
    }),
  )
})

test('durations are written as Go writes them', () => {
  const table = [
    [0, '0s'],
    [1e-6, '1ns'],
    [0.0015, '1.5\u00b5s'],
    [2.5, '2.5ms'],
    [100, '100ms'],
    [1500, '1.5s'],
    [80_000, '1m20s'],
    [300_000, '5m0s'],
    [3_600_000, '1h0m0s'],
    [90_061_001, '25h1m1.001s'],
    [-1500, '-1.5s'],
  ] as const
  for (const [ms, want] of table) assert.equal(formatDuration(ms), want)
})

test('durations are read as Go reads them', () => {
  const table = [
    ['0', 0],
    ['1h30m', 5_400_000],
    ['-1.5s', -1500],
    ['+.5s', 500],
    ['1us', 0.001],
    ['1\u00b5s1ns', 0.001001],
  ] as const
  for (const [text, want] of table) assert.ok(Math.abs(parseDuration(text) - want) < 1e-9, text)
  const bad = [
    ['', 'time: invalid duration ""'],
    ['x', 'time: invalid duration "x"'],
    ['.s', 'time: invalid duration ".s"'],
    ['1', 'time: missing unit in duration "1"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
  ] as const
  for (const [text, message] of bad) assert.throws(() => parseDuration(text), { message })
})

test('any duration survives formatting and parsing', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e10, max: 1e10 }), (ms) => {
      assert.ok(Math.abs(parseDuration(formatDuration(ms)) - ms) < 1e-3)
    }),
  )
})

test('ages are shown as kubectl shows them', () => {
  const [s, m, h, d] = [1000, 60_000, 3_600_000, 86_400_000]
  const table = [
    [-2 * s, '<invalid>'],
    [-1 * s, '0s'],
    [-999, '0s'],
    [119 * s, '119s'],
    [120 * s, '2m'],
    [184 * s, '3m4s'],
    [10 * m + 5 * s, '10m'],
    [179 * m, '179m'],
    [3 * h, '3h'],
    [3 * h + 5 * m, '3h5m'],
    [8 * h + 5 * m, '8h'],
    [47 * h, '47h'],
    [51 * h, '2d3h'],
    [48 * h, '2d'],
    [8 * d + h, '8d'],
    [729 * d, '729d'],
    [740 * d, '2y10d'],
    [3000 * d, '8y'],
  ] as const
  for (const [ms, human] of table) {
    assert.equal(humanDuration(ms), human)
  }
})
