const rfc3339 = /^\d{4}-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** metav1.Time: `2026-01-02T03:04:05Z`, fractions of a second dropped. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== last.second) {
    last = { second, text: `${new Date(second * 1000).toISOString().slice(0, 19)}Z` }
  }
  return last.text
}

/** Most times that are written are those of this very second. */
let last = { second: Number.NaN, text: '' }

/** metav1.MicroTime: `2026-01-02T03:04:05.000006Z`. */
export function formatMicroTime(ms: number): string {
  const micros = Math.floor(ms * 1000)
  const fraction = (((micros % 1e6) + 1e6) % 1e6).toString().padStart(6, '0')
  return `${formatTime(ms).slice(0, 19)}.${fraction}Z`
}

/** Milliseconds since the epoch of an RFC 3339 time in any zone; undefined when malformed. */
export function parseTime(text: string): number | undefined {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const ms = parse(text)
  if (ms === undefined) return undefined
  if (parsed.size >= maxParsed) parsed.clear()
  parsed.set(text, ms)
  return ms
}

/** The times of one object are read at each of its writes. */
const parsed = new Map<string, number>()
const maxParsed = 1_000

function parse(text: string): number | undefined {
  const match = rfc3339.exec(text)
  if (!match) return undefined
  const [, month, day, hour, minute, second, fraction = ''] = match
  // Date rolls 30 February over into March; Go refuses it, and so does this.
  const rolled = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  if (Number.isNaN(rolled.getTime()) || rolled.getUTCDate() !== Number(day)) return undefined
  if (Number(month) > 12 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    return undefined
  }
  const whole = Date.parse(text.slice(0, 19) + text.slice(19 + fraction.length))
  return Number.isNaN(whole) ? undefined : whole + Math.floor(Number(`0${fraction}`) * 1e6) / 1000
}
