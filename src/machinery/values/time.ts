import { derivedFromLast, memoized } from '#lib'

const rfc3339 = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/

/**
 * Writes milliseconds since the epoch as a metav1.Time: `2026-01-02T03:04:05Z`, fractions of a
 * second dropped.
 */
export function formatTime(ms: number): string {
  return textOfSecond(Math.floor(ms / 1000))
}

const secondsOfDay = 86_400

/** Most times that are written are now, several times over. */
const textOfSecond = derivedFromLast((second: number) => {
  const day = Math.floor(second / secondsOfDay)
  const left = second - day * secondsOfDay
  return `${textOfDay(day)}${two(left / 3600)}:${two((left / 60) % 60)}:${two(left % 60)}Z`
})

const textOfDay = derivedFromLast((day: number) =>
  new Date(day * secondsOfDay * 1000).toISOString().slice(0, 11),
)

function two(part: number): string {
  const digits = Math.floor(part)
  return digits < 10 ? `0${digits}` : `${digits}`
}

/** Writes milliseconds since the epoch as a metav1.MicroTime: `2026-01-02T03:04:05.000006Z`. */
export function formatMicroTime(ms: number): string {
  const micros = Math.floor(ms * 1000)
  const fraction = (((micros % 1e6) + 1e6) % 1e6).toString().padStart(6, '0')
  return `${formatTime(ms).slice(0, 19)}.${fraction}Z`
}

/**
 * Milliseconds since the epoch of an RFC 3339 time in any zone; undefined when malformed. The times
 * of one object are read at each of its writes.
 */
export const parseTime = memoized(parse, 1_000, 40)

function parse(text: string): number | undefined {
  const match = rfc3339.exec(text)
  if (!match) return undefined
  const [, date = '', hour, minute, second, fraction = '', sign = '+', ahead = 0, more = 0] = match
  const midnight = midnightOf(date)
  if (midnight === undefined) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  if (Number(ahead) > 23 || Number(more) > 59) return undefined
  const local = Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  const zone = Number(ahead) * 3600 + Number(more) * 60
  const whole = midnight + (sign === '-' ? local + zone : local - zone) * 1000
  return whole + Math.floor(Number(`0${fraction}`) * 1e6) / 1000
}

/** Most times that are read are those of this very day. */
const midnightOf = derivedFromLast((date: string): number | undefined => {
  const midnight = new Date(`${date}T00:00:00Z`)
  // Date rolls 30 February over into March; Go refuses it, and so does this.
  const isReal = midnight.getUTCDate() === Number(date.slice(8))
  return isReal ? midnight.getTime() : undefined
})
