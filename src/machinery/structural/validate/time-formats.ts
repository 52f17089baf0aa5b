import { parseDuration } from '../../values/duration.ts'

/** Whether a text is a day of the calendar: `2006-01-02`. */
export function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  if (year === undefined) return false
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
}

const timeOfDay = /^(\d\d):(\d\d):(\d\d)(?:[^\n][0-9]+)?(?:z|[+-]\d\d:\d\d)$/

/** Whether a text is a date and a time by RFC 3339. What comes behind a second `t` upstream does not look at. */
export function isDateTime(text: string): boolean {
  const [date = '', time] = text.toLowerCase().split('t', 2)
  if (time === undefined || !isDate(date)) return false
  const [, hour = '', minute = '', second = ''] = timeOfDay.exec(time) ?? []
  return hour !== '' && hour <= '23' && minute <= '59' && second <= '59'
}

/** Each unit by its short names and by how its long one begins. */
const units: readonly (readonly [readonly string[], string])[] = [
  [['ns'], 'nano'],
  [['us', '\u00b5s'], 'micro'],
  [['ms'], 'milli'],
  [['s'], 'sec'],
  [['m'], 'min'],
  [['h', 'hr'], 'hour'],
  [['d'], 'day'],
  [['w', 'wk'], 'week'],
]

/** Whether a text is a duration as Go reads it, or holds numbers with units (`1 day, 2 hours`). */
export function isGivenDuration(text: string): boolean {
  if (isGoDuration(text)) return true
  let isFound = false
  const tokens = text.match(/\d+|[A-Za-z\u00b5]+|[^\dA-Za-z\u00b5]+/g) ?? []
  for (const [i, digits] of tokens.entries()) {
    const next = /^[\t\n\f\r ]+$/.test(tokens[i + 1] ?? '') ? tokens[i + 2] : tokens[i + 1]
    if (!/^\d/.test(digits) || !next || !/^[A-Za-z\u00b5]/.test(next)) continue
    // Go refuses a number that its int cannot hold.
    const significant = digits.replace(/^0+/, '')
    if (significant.length > 19 || BigInt(significant) >= 2n ** 63n) return false
    isFound ||= isUnit(next.toLowerCase())
  }
  return isFound
}

function isUnit(unit: string): boolean {
  return units.some(([short, long]) => short.includes(unit) || unit.startsWith(long))
}

function isGoDuration(text: string): boolean {
  try {
    return Math.abs(parseDuration(text)) * 1e6 < 2 ** 63
  } catch {
    return false
  }
}
