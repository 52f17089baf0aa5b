import { KnarrError } from '#lib'
import { parseDuration } from '#machinery'

/** Milliseconds, or a text as Go writes durations: `90s`, `1h30m`. */
export type Duration = number | string

/** @throws KnarrError `BadDuration` for what is none, or is below zero. */
export function toMs(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : readText(duration)
  if (ms >= 0 && Number.isFinite(ms)) return ms
  throw new KnarrError('BadDuration', `not a duration to go forward by: ${duration}`, {
    hint: "Write milliseconds, or a text like '90s', '6m' or '1h30m'.",
  })
}

function readText(text: string): number {
  try {
    return parseDuration(text)
  } catch {
    return Number.NaN
  }
}
