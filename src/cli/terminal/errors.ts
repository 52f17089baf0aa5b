import { KnarrError, messageOf } from '#lib'

/** Formats an error for a person: what went wrong, and what to do next. */
export function formatError(error: unknown): string {
  if (!(error instanceof KnarrError)) return `error: ${messageOf(error)}\n`
  const hint = error.hint === undefined ? '' : `  ${error.hint}\n`
  return `error: ${error.message}\n${hint}`
}
