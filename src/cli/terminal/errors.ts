import { KnarrError, messageOf } from '#lib'

/** Says that a person has interrupted a command; the process ends with 130, as a shell has it for SIGINT. */
export class InterruptedError extends KnarrError {
  constructor(message: string, options: { readonly hint?: string } = {}) {
    super('Interrupted', message, options)
  }
}

/** Says that there is nothing to work on; the process ends with 2. */
export class UnusableInput extends KnarrError {
  constructor(message: string, options: { readonly hint?: string } = {}) {
    super('UnusableInput', message, options)
  }
}

/** Ends the process with 1 after the result has been printed: nothing more is to be said. */
export class DrillFailed extends Error {}

/** Formats an error for a person: what went wrong, and what to do next. */
export function formatError(error: unknown): string {
  if (!(error instanceof KnarrError)) return `error: ${messageOf(error)}\n`
  const hint = error.hint === undefined ? '' : `  ${error.hint}\n`
  return `error: ${error.message}\n${hint}`
}
