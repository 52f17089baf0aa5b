import { memoized } from '#lib'
import type { Schedule } from './schedule.ts'

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000]
/** A schedule that fits no day of so many years never comes. */
const years = 5

/**
 * The first time of a schedule after a moment, by the clocks of a time zone; undefined for one that
 * never comes. As in upstream's library, what the clocks leave out in spring is left out, and what
 * they show twice in autumn comes twice.
 */
export function nextTimeMs(
  schedule: Schedule,
  afterMs: number,
  timeZone = 'UTC',
): number | undefined {
  if (schedule.kind === 'every') {
    return Math.floor(afterMs / 1000) * 1000 + schedule.periodMs
  }
  const lastYear = localTime(afterMs, timeZone).getUTCFullYear() + years
  let atMs = Math.floor(afterMs / minuteMs) * minuteMs + minuteMs
  for (;;) {
    const local = localTime(atMs, timeZone)
    if (local.getUTCFullYear() > lastYear) return undefined
    if (!fitsDay(schedule, local)) atMs = nextDayMs(atMs, local, timeZone)
    else if (!schedule.hours.has(local.getUTCHours())) {
      atMs += hourMs - local.getUTCMinutes() * minuteMs
    } else if (!schedule.minutes.has(local.getUTCMinutes())) atMs += minuteMs
    else return atMs
  }
}

type Fields = Extract<Schedule, { readonly kind: 'fields' }>

function fitsDay({ months, days, weekdays, anyDay, anyWeekday }: Fields, local: Date): boolean {
  if (!months.has(local.getUTCMonth() + 1)) return false
  const isDay = days.has(local.getUTCDate())
  const isWeekday = weekdays.has(local.getUTCDay())
  return anyDay || anyWeekday ? isDay && isWeekday : isDay || isWeekday
}

/** When the next day begins: an hour off midnight where the clocks change on the way. */
function nextDayMs(atMs: number, local: Date, timeZone: string): number {
  const midnightMs = atMs + dayMs - (local.getTime() % dayMs)
  const shown = localTime(midnightMs, timeZone).getTime() % dayMs
  return midnightMs + (shown > dayMs / 2 ? dayMs - shown : -shown)
}

/** What the clocks of a zone show at a moment, as if it were UTC. */
function localTime(ms: number, timeZone: string): Date {
  return new Date(ms + offsetMs(ms, timeZone))
}

/** More than there are zones, and fewer than the ways to write their names. */
const maxFormats = 1000

const formatOf = memoized(
  (timeZone: string) =>
    new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset', year: 'numeric' }),
  maxFormats,
)

/** How far the clocks of a zone are ahead of UTC. */
export function offsetMs(ms: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0
  // `1/1/2026, GMT+05:30`; nothing follows GMT where it is that.
  const [, sign, hours = 0, minutes = 0, seconds = 0] =
    /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(formatOf(timeZone).format(ms)) ?? []
  const aheadMs = Number(hours) * hourMs + Number(minutes) * minuteMs + Number(seconds) * 1000
  return sign === '-' ? -aheadMs : aheadMs
}
