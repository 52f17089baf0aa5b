import { withoutTrailing } from '#lib'
import { CelDuration, CelTimestamp } from './values.ts'

const second = 10n ** 9n

const timestampShape =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9})\d{0,20})?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/** Reads a moment by RFC 3339; undefined for what is none. */
export function parseTimestamp(text: string): CelTimestamp | undefined {
  const match = timestampShape.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, sec] = match.slice(1, 7).map(Number)
  const utc = utcMillis(year, month, day)
  if (utc === undefined || (hour ?? 24) > 23 || (minute ?? 60) > 59 || (sec ?? 60) > 59) {
    return undefined
  }
  const [fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = match.slice(7)
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -60 : 60)
  const seconds = utc / 1000 + (hour ?? 0) * 3600 + (minute ?? 0) * 60 + (sec ?? 0) - offset
  try {
    return new CelTimestamp(BigInt(seconds) * second + BigInt(fraction.padEnd(9, '0')))
  } catch {
    return undefined
  }
}

/** Reads a day such as `2024-02-29`, as its midnight in UTC. */
export function parseDate(text: string): CelTimestamp | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  const millis = match ? utcMillis(...match.slice(1).map(Number)) : undefined
  return millis === undefined ? undefined : new CelTimestamp(BigInt(millis) * 1_000_000n)
}

function utcMillis(year = 0, month = 0, day = 0): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const isDay = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isDay ? date.getTime() : undefined
}

/** A moment as RFC 3339 in UTC, with as many digits as it needs. */
export function formatTimestamp({ nanos }: CelTimestamp): string {
  const fraction = ((nanos % second) + second) % second
  const millis = Number((nanos - fraction) / 1_000_000n)
  const whole = new Date(millis).toISOString().slice(0, 19)
  const digits =
    fraction === 0n ? '' : withoutTrailing(`.${String(fraction).padStart(9, '0')}`, '0')
  return `${whole}${digits}Z`
}

const unitNanos: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3600n * second,
}

/** Reads a span of time as Go writes it, such as `1h30m`; undefined for what is none. */
export function parseCelDuration(text: string): CelDuration | undefined {
  const sign = /^[+-]/.exec(text)?.[0] ?? ''
  const rest = text.slice(sign.length)
  if (rest === '0') return new CelDuration(0n)
  if (rest === '' || rest.length > 200) return undefined
  let nanos = 0n
  let at = 0
  const part = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y
  while (at < rest.length) {
    part.lastIndex = at
    const match = part.exec(rest)
    const [, whole = '', fraction = '', unit = ''] = match ?? []
    const scale = unitNanos[unit]
    if (!match || scale === undefined || whole + fraction === '') return undefined
    nanos += BigInt(whole || '0') * scale
    nanos += (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length)
    at = part.lastIndex
  }
  try {
    return new CelDuration(sign === '-' ? -nanos : nanos)
  } catch {
    return undefined
  }
}

/** A span of time in seconds, such as `90s` or `0.5s`. */
export function formatCelDuration({ nanos }: CelDuration): string {
  const magnitude = nanos < 0n ? -nanos : nanos
  const fraction = magnitude % second
  const digits =
    fraction === 0n ? '' : withoutTrailing(`.${String(fraction).padStart(9, '0')}`, '0')
  return `${nanos < 0n ? '-' : ''}${magnitude / second}${digits}s`
}
