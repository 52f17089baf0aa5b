import { withoutTrailing } from '#lib'

/** Durations as Go writes and reads them, and as kubectl shows ages. */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/**
 * Writes a duration in milliseconds as Go's `Duration.String` does: `1h0m0s`, `1m20s`, `1.5s`,
 * `100ms`, `0s`.
 */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`
  const nanos = BigInt(Math.round(ms * 1e6))
  if (nanos === 0n) return '0s'
  if (nanos < 1000n) return `${nanos}ns`
  if (nanos < 1_000_000n) return `${decimal(nanos, 3)}\u00b5s`
  if (nanos < 1_000_000_000n) return `${decimal(nanos, 6)}ms`
  const minutes = nanos / 60_000_000_000n
  const seconds = `${decimal(nanos % 60_000_000_000n, 9)}s`
  if (minutes === 0n) return seconds
  const rest = `${minutes % 60n}m${seconds}`
  return minutes < 60n ? rest : `${minutes / 60n}h${rest}`
}

/**
 * Milliseconds of a text such as `1h30m`, `-1.5s` or `0`.
 * @throws Error with the text of Go's `time.ParseDuration`.
 */
export function parseDuration(text: string): number {
  const unsigned = text.replace(/^[+-]/, '')
  if (unsigned === '0') return 0
  if (unsigned === '') throw new Error(`time: invalid duration ${quote(text)}`)
  let total = 0
  let rest = unsigned
  while (rest !== '') {
    const [whole, number, unit] = /^(\d+\.?\d*|\.\d+)?([^\d.]*)/.exec(rest) ?? ['', undefined, '']
    if (number === undefined) throw new Error(`time: invalid duration ${quote(text)}`)
    if (!unit) throw new Error(`time: missing unit in duration ${quote(text)}`)
    const factor = unitMs[unit]
    if (factor === undefined) {
      throw new Error(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`)
    }
    total += Number(number) * factor
    rest = rest.slice(whole.length)
  }
  return text.startsWith('-') ? -total : total
}

/**
 * Writes a duration in milliseconds as kubectl shows an age: two or three significant figures,
 * `5s`, `3m4s`, `2d3h`, `2y10d`.
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return pair([minutes, 'm'], [seconds % 60, 's'])
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return pair([hours, 'h'], [minutes % 60, 'm'])
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  if (days < 8) return pair([days, 'd'], [hours % 24, 'h'])
  if (days < 365 * 2) return `${days}d`
  const years = Math.floor(days / 365)
  return years < 8 ? pair([years, 'y'], [days % 365, 'd']) : `${years}y`
}

function pair(large: readonly [number, string], small: readonly [number, string]): string {
  return small[0] === 0 ? large.join('') : large.join('') + small.join('')
}

function decimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, '0')
  const fraction = withoutTrailing(digits.slice(-places), '0')
  const whole = digits.slice(0, -places)
  return fraction === '' ? whole : `${whole}.${fraction}`
}

function quote(text: string): string {
  return JSON.stringify(text)
}
