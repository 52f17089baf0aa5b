import { parseDuration } from '#machinery'
import { type FieldErrors, type FieldPath, invalidField } from '#machinery/validation'

/** A text as Go writes durations (`5m`, `1h30m`, `250ms`), above zero and at most ten years. */
export function validateDuration(text: string | undefined, path: FieldPath): FieldErrors {
  if (text === undefined) return []
  const ms = readDuration(text)
  if (ms > 0 && ms <= longestMs) return []
  return [invalidField(path, text, 'must be a duration above 0 and at most 87600h, such as 5m')]
}

/** Ten years. */
export const longestMs = 87_600 * 3_600_000

/** Milliseconds of a duration; NaN for what is none. */
export function readDuration(text: string): number {
  try {
    return parseDuration(text)
  } catch {
    return Number.NaN
  }
}
