import { memoized } from '#lib'
import { CelError } from '../values/cel-error.ts'
import { type Overload, overload } from '../values/overload.ts'
import type { CelDuration, CelTimestamp } from '../values/values.ts'

/** What moves a moment of UTC to local time: an offset as `+02:00`, or a zone as `Europe/Berlin`. */
function localDate({ nanos }: CelTimestamp, zone = 'UTC'): Date {
  const millis = floorDivide(nanos, 1_000_000n)
  const offset = /^([+-]?)(\d{2}):(\d{2})$/.exec(zone)
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3])
    return new Date(millis + (offset[1] === '-' ? -minutes : minutes) * 60_000)
  }
  if (zone === 'UTC' || zone === '') return new Date(millis)
  return new Date(millis + zoneOffset(zoneFormat(zone), millis))
}

const floorDivide = (a: bigint, b: bigint): number => Number((a - (((a % b) + b) % b)) / b)

const zoneFormat = memoized(
  (timeZone: string): Intl.DateTimeFormat => {
    try {
      return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    } catch {
      throw new CelError(`unknown time zone ${timeZone}`)
    }
  },
  100,
  100,
)

function zoneOffset(format: Intl.DateTimeFormat, millis: number): number {
  const name = format.formatToParts(millis).find(({ type }) => type === 'timeZoneName')?.value
  const match = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(name ?? '')
  if (!match) return 0
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0)
  return (match[1] === '-' ? -seconds : seconds) * 1000
}

function dayOfYear(date: Date): number {
  const start = new Date(date)
  start.setUTCMonth(0, 1)
  start.setUTCHours(0, 0, 0, 0)
  return Math.floor((date.getTime() - start.getTime()) / 86_400_000)
}

const parts: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDayOfYear: dayOfYear,
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDate: (date) => date.getUTCDate(),
  getDayOfWeek: (date) => date.getUTCDay(),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
}

const spans: Readonly<Record<string, bigint>> = {
  getHours: 3600n * 10n ** 9n,
  getMinutes: 60n * 10n ** 9n,
  getSeconds: 10n ** 9n,
  getMilliseconds: 10n ** 6n,
}

/** Parts of moments, in UTC or a time zone, and of spans of time. */
export const times: readonly Overload[] = [
  ...Object.entries(parts).flatMap(([name, part]) => [
    overload(`timestamp.${name}(): int`, (at: CelTimestamp) => BigInt(part(localDate(at)))),
    overload(`timestamp.${name}(string): int`, (at: CelTimestamp, zone: string) =>
      BigInt(part(localDate(at, zone))),
    ),
  ]),
  ...Object.entries(spans).map(([name, unit]) =>
    overload(`duration.${name}(): int`, (d: CelDuration) => d.nanos / unit),
  ),
]
