import { KnarrError, messageOf } from '#lib'

/** What a person reads when a command fails: what went wrong, and what to do next. */
export function explain(error: unknown): string {
  if (!(error instanceof KnarrError)) return `error: ${messageOf(error)}\n`
  const hint = error.hint === undefined ? '' : `  ${error.hint}\n`
  return `error: ${error.message}\n${hint}`
}
