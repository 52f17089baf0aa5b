import { parseDuration } from '#machinery'

/**
 * When a CronJob runs, in the grammar and with the words of the library that upstream uses. Fields
 * are the values that fit: minutes, hours, days of the month, months, days of the week.
 */
export type Schedule =
  | { readonly kind: 'every'; readonly periodMs: number }
  | {
      readonly kind: 'fields'
      readonly minutes: ReadonlySet<number>
      readonly hours: ReadonlySet<number>
      readonly days: ReadonlySet<number>
      readonly months: ReadonlySet<number>
      readonly weekdays: ReadonlySet<number>
      /** All days of the month, or of the week, fit: then only the other counts. */
      readonly anyDay: boolean
      readonly anyWeekday: boolean
    }

interface Field {
  readonly values: ReadonlySet<number>
  readonly isAny: boolean
}

/** The bounds of each field of a schedule: minute, hour, day of month, month, day of week. */
const bounds = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const
const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const days = 'sun mon tue wed thu fri sat'.split(' ')

const named: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const every = '@every '

/** What is wrong with the text of a schedule, or undefined for one that can be read. */
export function scheduleError(text: string): string | undefined {
  const parsed = parseSchedule(text)
  return typeof parsed === 'string' ? parsed : undefined
}

/** A schedule, or what is wrong with its text. */
export function parseSchedule(text: string): Schedule | string {
  if (text.startsWith(every)) return parseEvery(text)
  const spelled = named[text] ?? text
  if (spelled.startsWith('@')) return `unrecognized descriptor: ${text}`
  const fields = spelled.trim().split(/\s+/)
  if (fields.length !== bounds.length) {
    return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`
  }
  const parsed = fields.map(parseField)
  const error = parsed.find((field) => typeof field === 'string')
  if (error !== undefined) return error
  const [minute, hour, day, month, weekday] = parsed as [Field, Field, Field, Field, Field]
  return {
    kind: 'fields',
    minutes: minute.values,
    hours: hour.values,
    days: day.values,
    months: month.values,
    weekdays: weekday.values,
    anyDay: day.isAny,
    anyWeekday: weekday.isAny,
  }
}

function parseEvery(text: string): Schedule | string {
  try {
    const periodMs = parseDuration(text.slice(every.length))
    // Whole seconds, and at least one.
    return { kind: 'every', periodMs: Math.max(1, Math.floor(periodMs / 1000)) * 1000 }
  } catch (error) {
    return `failed to parse duration ${text}: ${(error as Error).message}`
  }
}

function parseField(text: string, index: number): Field | string {
  const values = new Set<number>()
  let isAny = false
  for (const range of text.split(',')) {
    const found = parseRange(range, index)
    if (typeof found === 'string') return found
    for (let value = found.first; value <= found.last; value += found.step) values.add(value)
    isAny ||= found.isAny
  }
  return { values, isAny }
}

interface Range {
  readonly first: number
  readonly last: number
  readonly step: number
  readonly isAny: boolean
}

function parseRange(range: string, index: number): Range | string {
  const [low, high] = bounds[index] ?? [0, 0]
  const [span = '', stepText, ...more] = range.split('/')
  if (more.length > 0) return `too many slashes: ${range}`
  const isStar = span === '*' || span === '?'
  const ends = isStar ? [`${low}`, `${high}`] : span.split('-')
  if (ends.length > 2) return `too many hyphens: ${range}`
  const read = ends.map((text) => fieldValue(text, index))
  const step = stepText === undefined ? 1 : fieldValue(stepText, 0)
  const bad = step === undefined ? stepText : ends.find((_, i) => read[i] === undefined)
  if (step === undefined || bad !== undefined) {
    return `failed to parse int from ${bad}: strconv.Atoi: parsing "${bad}": invalid syntax`
  }
  const [first = 0, last = stepText === undefined ? first : high] = read as number[]
  if (first < low) return `beginning of range (${first}) below minimum (${low}): ${range}`
  if (last > high) return `end of range (${last}) above maximum (${high}): ${range}`
  if (first > last) return `beginning of range (${first}) beyond end of range (${last}): ${range}`
  if (step === 0) return `step of range should be a positive number: ${range}`
  return { first, last, step, isAny: isStar && step === 1 }
}

function fieldValue(text: string, index: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  const words = index === 3 ? months : index === 4 ? days : []
  const found = words.indexOf(text.toLowerCase())
  return found < 0 ? undefined : found + (index === 3 ? 1 : 0)
}

/** An explicit one, by its name. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name) || name.toLowerCase() === 'local') return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}
